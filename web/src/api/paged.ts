import { useInfiniteQuery, type Query, type QueryKey } from '@tanstack/vue-query'
import { computed } from 'vue'

import { ApiProblem } from './problem'
import { apiKey, lastProblem } from './queries'
import type { Page } from './types'

const pageSize = 50

interface Paging {
  limit: number
  cursor?: string
}

/**
 * Whether a list may be brought up to date: a reader who has gone on to later pages is not thrown back,
 * and a token that may not see the list will not be let in by asking again.
 */
export function mayRefresh({ state }: Pick<Query, 'state'>): boolean {
  const pages = (state.data as { pages?: unknown[] } | undefined)?.pages
  const isForbidden = state.error instanceof ApiProblem && state.error.status === 403
  return (pages?.length ?? 1) <= 1 && !isForbidden
}

/** A list of the console's API, read page by page as the reader asks; `everyMs` brings its first page up to date. */
export function usePaged<Item, Filter extends object>(
  about: () => string[],
  filter: () => Filter,
  fetchPage: (query: Filter & Paging) => Promise<Page<Item>>,
  everyMs?: number,
) {
  const query = useInfiniteQuery(() => {
    const asked = filter()
    return {
      queryKey: [...apiKey(...about()), asked] as QueryKey,
      queryFn: ({ pageParam }: { pageParam: string | undefined }) => fetchPage({ ...asked, limit: pageSize, cursor: pageParam }),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: ({ next }: Page<Item>) => next ?? undefined,
      refetchInterval: (current: Pick<Query, 'state'>) => everyMs !== undefined && mayRefresh(current) && everyMs,
    }
  })
  const { data, hasNextPage, isFetching, isFetchNextPageError, fetchNextPage, refetch } = query
  return {
    items: computed(() => data.value?.pages.flatMap(({ items }) => items) ?? null),
    /** How many there are in all, where the list says so. */
    total: computed(() => data.value?.pages[0]?.total ?? null),
    hasMore: hasNextPage,
    problem: lastProblem(query),
    busy: isFetching,
    retry: () => isFetchNextPageError.value ? fetchNextPage() : refetch(),
    more: () => fetchNextPage(),
  }
}
