import type { Case } from '../../../api/supervision'

/** Where a deadline is warned of: the last fifth of its time. */
const nearShare = 0.8
const aMinuteMs = 60_000

export interface DueClock {
  state: 'running' | 'near' | 'overdue'
  /** Left, or overdue by. */
  minutes: number
}

/** How a case stands by its deadline; null where it has none, or its time counts no more. */
export function dueClock({ due_at, opened_at, state }: Pick<Case, 'due_at' | 'opened_at' | 'state'>, now = Date.now()): DueClock | null {
  if (due_at === null || state === 'closed' || state === 'dismissed') return null
  const due = Date.parse(due_at)
  const minutes = Math.floor(Math.abs(due - now) / aMinuteMs)
  if (due <= now) return { state: 'overdue', minutes }
  const begins = Date.parse(opened_at)
  return { state: now - begins >= (due - begins) * nearShare ? 'near' : 'running', minutes }
}
