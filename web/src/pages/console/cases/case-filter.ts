import type { LocationQuery } from 'vue-router'

import { caseConditions, caseOrders, caseStates, openStates, rules, type CasesFilter } from '../../../api/supervision'
import { filterOf } from '../filter'
import { filterQuery } from '../saved-filters'

/** The filters of the list in its address, under the names that the platform knows them by. */
export const caseFilterNames = ['state', 'condition', 'rule', 'lot', 'provider', 'district', 'vendor', 'assignee', 'parent', 'order'] as const

/** Besides the states themselves. */
export const allStates = 'all'
export const stateChoices = [...caseStates, allStates] as const

const words = { state: stateChoices, condition: caseConditions, rule: rules, order: caseOrders }

/** What is asked of the platform: what is still open unless the address says otherwise. Paused ones have a list of their own. */
export function casesFilterOf(query: LocationQuery, paused: boolean): CasesFilter {
  const known = Object.fromEntries(Object.entries(filterQuery(query, caseFilterNames)).flatMap(([name, value]) => {
    const allowed: readonly string[] | undefined = words[name as keyof typeof words]
    const word = filterOf(value.trim(), allowed)
    return word ? [[name, word]] : []
  })) as CasesFilter
  const state = known.state === allStates ? caseStates.join(',') : known.state ?? openStates.join(',')
  return { order: 'last_at', ...known, state, paused }
}
