import { afterEach, expect, test, vi } from 'vitest'

import { streamState, waitBefore } from './streams'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('waits double up to half a minute', () => {
  expect([1, 2, 3, 4, 5, 6, 20].map((tries) => waitBefore(tries, 0.5))).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
  ])
})

test('chance spreads the tries by a quarter either way', () => {
  expect(waitBefore(1, 0)).toBe(750)
  expect(waitBefore(1, 1)).toBe(1_250)
})

test('a stream is not live while the platform’s store is away, and is asked anew when it is back', async () => {
  vi.useFakeTimers()
  const answers = [200, 503, 503, 200]
  vi.stubGlobal('fetch', () => Promise.resolve({ status: answers.shift() }))
  const states: string[] = []
  let back = 0
  const shown = streamState((state) => states.push(state), () => (back += 1))
  shown.connected('live')
  await vi.advanceTimersByTimeAsync(40_000)
  shown.stop()
  expect(states).toEqual(['live', 'away', 'live'])
  expect(back).toBe(1)
})
