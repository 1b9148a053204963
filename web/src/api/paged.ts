import { ref, shallowRef, watch, type WatchSource } from 'vue'

import { problemOf, type ApiProblem } from './problem'
import type { Page } from './types'

/**
 * A list read page by page. `changes` brings its first page up to date,
 * but does not throw a reader back who has gone on to later ones.
 */
export function usePaged<Item>(
  fetchPage: (cursor: string | undefined) => Promise<Page<Item>>,
  changes: WatchSource,
  filter: WatchSource[],
) {
  const items = shallowRef<Item[] | null>(null)
  const next = shallowRef<string | null>(null)
  const problem = shallowRef<ApiProblem | null>(null)
  const busy = ref(false)
  let turn = 0
  let pages = 0

  async function load(cursor?: string): Promise<void> {
    const mine = ++turn
    busy.value = true
    try {
      const page = await fetchPage(cursor)
      // An answer to a filter that has been changed since is not shown.
      if (mine !== turn) return
      items.value = cursor ? [...(items.value ?? []), ...page.items] : page.items
      pages = cursor ? pages + 1 : 1
      next.value = page.next ?? null
      problem.value = null
    } catch (cause) {
      if (mine === turn) problem.value = problemOf(cause)
    } finally {
      if (mine === turn) busy.value = false
    }
  }

  watch(filter, () => {
    items.value = null
    void load()
  })
  watch(changes, () => {
    // A token that may not see the list will not be let in by asking again.
    if (pages <= 1 && !busy.value && problem.value?.status !== 403) void load()
  })
  void load()

  return {
    items, next, problem, busy,
    retry: () => load(),
    more: () => (next.value ? load(next.value) : Promise.resolve()),
  }
}
