import { expect, test } from 'vitest'

import { bytesWords, percentTaken } from './sizes'

test('bytes are told with three digits at most', () => {
  expect([0, 999, 1000, 42_000_000_000, 500_000_000_000, 9.99e17].map(bytesWords)).toEqual(['0 B', '999 B', '1.0 kB', '42.0 GB', '500 GB', '999 PB'])
})

test('what is taken is a share of what there is, and of nothing none', () => {
  expect([percentTaken(900, 1000), percentTaken(5, 0), percentTaken(20, 10), percentTaken(-1, 10)]).toEqual([90, 0, 100, 0])
})
