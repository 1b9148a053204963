import type { Reservation } from '../../api/reservations'

export type CancellationCost = 'waiting' | 'free' | 'late'

/** What cancelling costs now: it is said before. Whoever waits has nothing to give up. */
export function cancellationCost({ state, free_cancel_until }: Pick<Reservation, 'state' | 'free_cancel_until'>, now: number): CancellationCost {
  if (state === 'waiting') return 'waiting'
  return now < Date.parse(free_cancel_until) ? 'free' : 'late'
}
