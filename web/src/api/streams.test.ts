import { expect, test } from 'vitest'

import { waitBefore } from './streams'

test('waits double up to half a minute', () => {
  expect([1, 2, 3, 4, 5, 6, 20].map((tries) => waitBefore(tries, 0.5))).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
  ])
})

test('chance spreads the tries by a quarter either way', () => {
  expect(waitBefore(1, 0)).toBe(750)
  expect(waitBefore(1, 1)).toBe(1_250)
})
