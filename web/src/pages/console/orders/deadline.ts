import type { Deadline } from '../../../api/office'
import type { Order } from '../../../api/orders'

/** Where the platform warns. */
const warnedAt = [['warned80', 0.8], ['warned50', 0.5]] as const

/** How an order stands by its deadline; null before service and once the clock has stopped. */
export function orderDeadline({ state, served_at, due_at }: Pick<Order, 'state' | 'served_at' | 'due_at'>, now = Date.now()): Omit<Deadline, 'kind'> | null {
  if (!served_at || !due_at || state === 'answered' || state === 'withdrawn') return null
  const [begins, due] = [Date.parse(served_at), Date.parse(due_at)]
  const share = due > begins ? Math.max(0, (now - begins) / (due - begins)) : 1
  if (state === 'verified') return { due_at, share, state: 'met' }
  if (state === 'overdue' || state === 'escalated' || now > due) return { due_at, share, state: 'overdue' }
  return { due_at, share, state: warnedAt.find(([, from]) => share >= from)?.[0] ?? 'running' }
}
