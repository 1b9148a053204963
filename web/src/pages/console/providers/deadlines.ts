import type { Deadline } from '../../../api/office'

/** Minutes until it is due; less than nought once it is over. */
export const minutesLeft = ({ due_at }: Pick<Deadline, 'due_at'>, now = Date.now()): number => Math.round((Date.parse(due_at) - now) / 60_000)

/** How much of the bar is filled, in percent: never more than all of it. */
export const percentPassed = ({ share, state }: Pick<Deadline, 'share' | 'state'>): number =>
  state === 'overdue' ? 100 : Math.max(0, Math.min(100, Math.round(share * 100)))
