import type { OrderPaper, WholeOrder } from '../../../api/orders'
import { isUntold } from './acts'
import { numberIn } from './log'
import { doneIn } from './objections'

/** A paper of an order, as it is listed. */
export interface ListedPaper {
  paper: OrderPaper
  isDraft: boolean
  /** Which of the reviews issued, from 1. */
  review?: number
  /** The number that a review was issued under. */
  number?: string
}

/** What there is of an order on paper. What is not issued yet the office alone sees, but for the order itself. */
export function papersOf(order: Pick<WholeOrder, 'issued_at' | 'log'>, isOffice: boolean): ListedPaper[] {
  const issued = order.log.filter(({ action }) => action === 'issue-review')
  return [
    { paper: 'order', isDraft: !order.issued_at },
    ...(order.issued_at ? [{ paper: 'receipt', isDraft: false } as const] : []),
    ...issued.map((entry, before) => ({ paper: 'review', isDraft: false, review: before + 1, number: numberIn(doneIn(entry).document) }) as const),
    ...(isOffice && isUntold(order) ? [{ paper: 'review', isDraft: true } as const] : []),
  ]
}
