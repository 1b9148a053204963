import { QueryClient, useQuery } from '@tanstack/vue-query'
import { expect, test } from 'vitest'
import { effectScope, ref } from 'vue'

import { mayRefresh } from './paged'
import { ApiProblem } from './problem'
import { lastProblem } from './queries'

/** A question whose answers the test gives, one after another. */
function asked() {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const about = ref('a')
  let settle: { resolve(data: string): void; reject(cause: Error): void } | undefined
  const queryFn = () => new Promise<string>((resolve, reject) => {
    settle = { resolve, reject }
  })
  const read = effectScope().run(() => {
    const query = useQuery(() => ({ queryKey: [about.value], queryFn }), client)
    return { ...query, problem: lastProblem(query) }
  })
  if (!read) throw new Error('the scope did not run')
  const settled = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return {
    ...read, about, settled,
    fail: async (status: number) => {
      settle?.reject(new ApiProblem(status, '', ''))
      await settled()
    },
    answer: async (data: string) => {
      settle?.resolve(data)
      await settled()
    },
  }
}

test('a problem stays while the question is put again, and goes with the answer', async () => {
  const read = asked()
  await read.settled()
  expect(read.problem.value).toBeNull()
  await read.fail(503)
  expect(read.problem.value?.status).toBe(503)
  void read.refetch()
  await read.settled()
  expect(read.isFetching.value).toBe(true)
  expect(read.problem.value?.status).toBe(503)
  await read.answer('well')
  expect(read.problem.value).toBeNull()
})

test('what was read stays beside the problem of reading it again', async () => {
  const read = asked()
  await read.settled()
  await read.answer('well')
  void read.refetch()
  await read.settled()
  await read.fail(500)
  expect([read.data.value, read.problem.value?.status]).toEqual(['well', 500])
})

test('the problem of one lot is not told of the next', async () => {
  const read = asked()
  await read.settled()
  await read.fail(404)
  read.about.value = 'b'
  await read.settled()
  expect(read.problem.value).toBeNull()
})

test('a list is refreshed on its first page only, and not where the token may not see it', () => {
  const state = (pages: number, error: Error | null = null) =>
    ({ state: { data: pages ? { pages: Array.from({ length: pages }) } : undefined, error } }) as Parameters<typeof mayRefresh>[0]
  expect([state(0), state(1), state(2)].map(mayRefresh)).toEqual([true, true, false])
  expect(mayRefresh(state(1, new ApiProblem(403, '', '')))).toBe(false)
  expect(mayRefresh(state(1, new ApiProblem(503, '', '')))).toBe(true)
})
