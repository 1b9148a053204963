// How a backlog goes down, from what this page has seen since it was opened.

export interface Seen {
  /** The most that waited since nothing last did. */
  peak: number
  /** What waited, by this page's stopwatch, over the last while. */
  samples: { atMs: number; backlog: number }[]
}

/** Long enough to even out batches, short enough to follow a link that gets faster. */
const rememberedMs = 60_000
/** Below this span a pace is a guess. */
const paceAfterMs = 8_000
const longestMs = 48 * 3_600_000

export function see(before: Seen | undefined, backlog: number, atMs: number): Seen {
  const peak = backlog === 0 ? 0 : Math.max(before?.peak ?? 0, backlog)
  const samples = (before?.samples ?? []).filter((sample) => atMs - sample.atMs <= rememberedMs)
  return { peak, samples: [...samples, { atMs, backlog }] }
}

/** How long until nothing waits, if it goes on as it did; null while that cannot be told. */
export function msLeft({ samples }: Seen): number | null {
  const first = samples[0]
  const last = samples.at(-1)
  if (!first || !last || last.backlog === 0) return null
  const gone = first.backlog - last.backlog
  const took = last.atMs - first.atMs
  if (gone <= 0 || took < paceAfterMs) return null
  const left = (last.backlog * took) / gone
  return left > longestMs ? null : left
}
