import { afterEach, expect, test, vi } from 'vitest'

import type { LotFeature } from './types'

const lot = (code: string) => ({ type: 'Feature', geometry: null, properties: { code } }) as LotFeature

/** The client, in front of a platform that answers so. */
async function clientOf(answer: (asked: URL) => object) {
  vi.stubGlobal('fetch', (request: Request) => Promise.resolve(Response.json(answer(new URL(request.url)))))
  // Outside a browser an address begins with a host.
  class Hosted extends Request {
    constructor(address: RequestInfo | URL, options?: RequestInit) {
      super(typeof address === 'string' ? new URL(address, 'http://x') : address, options)
    }
  }
  vi.stubGlobal('Request', Hosted)
  vi.resetModules()
  return import('./client')
}

afterEach(() => vi.unstubAllGlobals())

test('the list of lots is followed to its last page', async () => {
  const pages: Record<string, object> = {
    '': { type: 'FeatureCollection', features: [lot('a'), lot('b')], next: 'two' },
    two: { type: 'FeatureCollection', features: [lot('c')], next: null },
  }
  const asked: string[] = []
  const { fetchPublicLots } = await clientOf(({ searchParams }) => {
    const cursor = searchParams.get('cursor') ?? ''
    asked.push(cursor)
    return pages[cursor] ?? {}
  })
  const lots = await fetchPublicLots()
  expect(lots.map(({ properties }) => properties.code)).toEqual(['a', 'b', 'c'])
  expect(asked).toEqual(['', 'two'])
})

test('several words of a parameter are one value, split at commas', async () => {
  const asked: (string | null)[] = []
  const { fetchReports } = await clientOf(({ searchParams }) => {
    asked.push(...searchParams.getAll('outcome'))
    return { items: [], next: null }
  })
  await fetchReports({ outcome: ['accepted', 'refused'] })
  await fetchReports({ outcome: ['refused'] })
  expect(asked).toEqual(['accepted,refused', 'refused'])
})
