export interface DiffLine {
  sign: ' ' | '+' | '-'
  text: string
}

/** Longer texts are shown as all taken away and all new: the table of both would not fit into a page's memory. */
const cellsMax = 4_000_000

/** The lines of two texts, those that both have once: what was taken away before what took its place. */
export function diffOf(before: string, after: string): DiffLine[] {
  const [old, now] = [linesOf(before), linesOf(after)]
  if (old.length * now.length > cellsMax) return [...signed('-', old), ...signed('+', now)]
  // The longest run of common lines from each pair of places on.
  const common = Array.from({ length: old.length + 1 }, () => new Array<number>(now.length + 1).fill(0))
  const at = (n: number, m: number): number => common[n]?.[m] ?? 0
  for (let n = old.length - 1; n >= 0; n -= 1) {
    const row = common[n] ?? []
    for (let m = now.length - 1; m >= 0; m -= 1) row[m] = old[n] === now[m] ? at(n + 1, m + 1) + 1 : Math.max(at(n + 1, m), at(n, m + 1))
  }
  const lines: DiffLine[] = []
  let [n, m] = [0, 0]
  while (n < old.length || m < now.length) {
    const [taken, added] = [old[n], now[m]]
    if (taken !== undefined && taken === added) {
      lines.push({ sign: ' ', text: taken })
      n += 1
      m += 1
    } else if (taken !== undefined && (added === undefined || at(n + 1, m) >= at(n, m + 1))) {
      lines.push({ sign: '-', text: taken })
      n += 1
    } else {
      lines.push({ sign: '+', text: added ?? '' })
      m += 1
    }
  }
  return lines
}

const signed = (sign: DiffLine['sign'], texts: readonly string[]): DiffLine[] => texts.map((text) => ({ sign, text }))

const linesOf = (text: string): string[] => text.trim() === '' ? [] : text.trimEnd().split('\n').map((line) => line.trimEnd())
