import { computed, shallowRef } from 'vue'

import type { Case } from '../../../api/supervision'

/** The platform does no more in one act, for more cannot be looked over; the filter is narrowed first. */
export const selectionMax = 500

/**
 * What was chosen, as it was when it was chosen: what the list takes in afterwards is not in it, whatever
 * the filter. A bulk act is on these and no others.
 */
export function useSelection() {
  const chosen = shallowRef<ReadonlyMap<string, Case>>(new Map())

  function put(cases: readonly Case[], isChosen: boolean): void {
    const next = new Map(chosen.value)
    for (const each of cases) {
      if (!isChosen) next.delete(each.id)
      else if (next.size < selectionMax) next.set(each.id, each)
    }
    chosen.value = next
  }

  return {
    cases: computed(() => [...chosen.value.values()]),
    has: (id: string): boolean => chosen.value.has(id),
    put,
    toggle: (each: Case): void => put([each], !chosen.value.has(each.id)),
    clear: (): void => {
      chosen.value = new Map()
    },
  }
}
