import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'

import type { Need } from '../../../api/office'
import { apiKey } from '../../../api/queries'
import { may, person } from '../../../api/session'
import { fetchCases, fetchCasesSummary, openStates, type Case, type CasesFilter } from '../../../api/supervision'
import { caseName } from '../cases/words'

export type AnyNeed = Omit<Need, 'kind'> & { kind: string }

/** So many are named; the list has the others. */
const namedMax = 5

interface Asked {
  kind: string
  filter: CasesFilter
}

/** Which cases need whom: who handles them, their own and those that nobody looked at; a provider, its own. */
export function needsOf(handles: boolean, login: string | undefined): Asked[] {
  const open = { state: openStates.join(','), paused: false }
  if (!handles) return [{ kind: 'case-open', filter: open }]
  return [...login ? [{ kind: 'case-mine', filter: { ...open, assignee: login } }] : [], { kind: 'case-new', filter: { state: 'new', paused: false } }]
}

const fetchNeed = async ({ kind, filter }: Asked): Promise<{ kind: string; count: number; cases: readonly Case[] }> => {
  const [{ total }, { items }] = await Promise.all([fetchCasesSummary(filter), fetchCases({ ...filter, limit: namedMax })])
  return { kind, count: total, cases: items }
}

/** Read beside the overview's own needs; where that fails the others are shown all the same. */
export function useCaseNeeds(): ComputedRef<readonly AnyNeed[]> {
  const { data } = useQuery(() => {
    const asked = needsOf(may('cases.handle'), person.value?.login)
    return { queryKey: apiKey('cases', 'needs'), queryFn: () => Promise.all(asked.map(fetchNeed)), enabled: may('cases.read'), refetchInterval: 30_000 }
  })
  // Named here, and not where they are read: the reader may change the language.
  return computed(() => (data.value ?? []).map(({ kind, count, cases }) => (
    { kind, count, items: cases.map((each) => ({ id: each.id, name: caseName(each), since: each.opened_at })) })))
}
