import { expect, test } from 'vitest'

import { msLeft, see, type Seen } from './backlog'

const seeAll = (backlogs: number[], everyMs: number): Seen | undefined =>
  backlogs.reduce<Seen | undefined>((seen, backlog, n) => see(seen, backlog, n * everyMs), undefined)

test('the bar is full at the most that waited since nothing last did', () => {
  expect(seeAll([100, 300, 200], 2_000)?.peak).toBe(300)
  expect(seeAll([300, 0, 4], 2_000)?.peak).toBe(4)
})

test('a backlog that goes down steadily is told when it will be gone', () => {
  const seen = seeAll([300, 280, 260, 240, 220, 200], 2_000)
  expect(seen && msLeft(seen)).toBe(20_000)
})

test('no time is guessed while it grows, after a moment only, or once it is gone', () => {
  for (const [backlogs, everyMs] of [[[10, 20, 30], 10_000], [[300, 200], 2_000], [[300, 0], 20_000], [[5], 1]] as const) {
    const seen = seeAll([...backlogs], everyMs)
    expect(seen && msLeft(seen)).toBeNull()
  }
})

test('only the last minute counts for the pace', () => {
  const seen = seeAll([1_000, 400, 390, 380], 40_000)
  expect(seen?.samples.map(({ backlog }) => backlog)).toEqual([390, 380])
})
