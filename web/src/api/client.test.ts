import { expect, test, vi } from 'vitest'

import type { LotFeature } from './types'

const lot = (code: string) => ({ type: 'Feature', geometry: null, properties: { code } }) as LotFeature

test('the list of lots is followed to its last page', async () => {
  const pages: Record<string, object> = {
    '': { type: 'FeatureCollection', features: [lot('a'), lot('b')], next: 'two' },
    two: { type: 'FeatureCollection', features: [lot('c')], next: null },
  }
  const asked: string[] = []
  vi.stubGlobal('fetch', (request: Request) => {
    const cursor = new URL(request.url).searchParams.get('cursor') ?? ''
    asked.push(cursor)
    return Promise.resolve(Response.json(pages[cursor]))
  })
  // Outside a browser an address begins with a host.
  class Hosted extends Request {
    constructor(address: RequestInfo | URL, options?: RequestInit) {
      super(typeof address === 'string' ? new URL(address, 'http://x') : address, options)
    }
  }
  vi.stubGlobal('Request', Hosted)
  vi.resetModules()
  const { fetchPublicLots } = await import('./client')
  const lots = await fetchPublicLots()
  expect(lots.map(({ properties }) => properties.code)).toEqual(['a', 'b', 'c'])
  expect(asked).toEqual(['', 'two'])
  vi.unstubAllGlobals()
})
