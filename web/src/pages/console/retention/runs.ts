import type { Retention } from '../../../api/retention'

export interface Cleared {
  kinds: string[]
  ended_at: string
  failed: boolean
  message: string
  message_en: string
}

/** What runs did, the last first. A job that sees to several kinds says so in one run. */
export function clearedBy(items: readonly Retention[]): Cleared[] {
  const runs = new Map<string, Cleared>()
  for (const { kind, job, done } of items) {
    for (const run of done) {
      const key = `${job}/${run.ended_at}`
      const known = runs.get(key)
      if (known) known.kinds.push(kind)
      else runs.set(key, { ...run, kinds: [kind] })
    }
  }
  return [...runs.values()].sort((a, b) => Date.parse(b.ended_at) - Date.parse(a.ended_at))
}
