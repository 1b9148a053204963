import type { LocationQuery } from 'vue-router'

import { orderStates, type OrdersFilter, type OrderState } from '../../../api/orders'
import { filterOf } from '../filter'
import { filterQuery } from '../saved-filters'

/** The filters of the list in its address, under the names that the platform knows them by. */
export const orderFilterNames = ['state', 'lot', 'provider', 'district', 'case', 'q'] as const

/** Somebody has still to do something about them. */
export const openOrderStates: readonly OrderState[] = ['draft', 'issued', 'served', 'answered', 'overdue', 'escalated']
export const allOrderStates = 'all'
export const orderStateChoices = [...orderStates, allOrderStates] as const

/** What is asked of the platform: what is still open unless the address says otherwise. */
export function ordersFilterOf(query: LocationQuery): OrdersFilter {
  const { state, ...words } = Object.fromEntries(Object.entries(filterQuery(query, orderFilterNames)).map(([name, value]) => [name, value.trim()]))
  const chosen = filterOf(state, orderStateChoices)
  if (chosen === allOrderStates) return words
  return { ...words, state: chosen ? [chosen] : [...openOrderStates] }
}
