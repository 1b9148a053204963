import type { LocationQuery } from 'vue-router'

import { lotSorts, lotStates, orders, standards, type LotsFilter } from '../../../api/office'
import { lotKinds, lotStatuses } from '../../../api/types'
import { filterOf } from '../filter'
import { filterQuery } from '../saved-filters'

/** The filters of the list in its address, under the names that the platform knows them by. */
export const lotFilterNames = ['q', 'district', 'provider', 'kind', 'standard', 'status', 'state', 'sort', 'order'] as const

/** The office looks after all of them; the platform alone would list those that are live. */
export const everyState = lotStates.join(',')

const words = { kind: lotKinds, standard: standards, status: lotStatuses, state: lotStates, sort: lotSorts, order: orders }

/** What is asked of the platform; a word that it would not know counts as left out. */
export function lotsFilterOf(query: LocationQuery): LotsFilter {
  const known = Object.entries(filterQuery(query, lotFilterNames)).flatMap(([name, value]) => {
    const allowed: readonly string[] | undefined = words[name as keyof typeof words]
    const word = filterOf(value.trim(), allowed)
    return word ? [[name, word]] : []
  })
  return { state: everyState, sort: 'name', order: 'asc', ...Object.fromEntries(known) as LotsFilter }
}
