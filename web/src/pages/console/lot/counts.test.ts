import { expect, test } from 'vitest'

import { axisEnd, axisTop, curvesOf, signed } from './counts'

const at = (hour: number): string => `2026-05-01T0${hour}:00:00+08:00`
const until = new Date('2026-05-01T09:00:00+08:00')

test('the last count is drawn on to now', () => {
  const { reported } = curvesOf([{ at: at(8), reported: 40, derived: 38 }], until)
  expect(reported).toEqual([[Date.parse(at(8)), 40], [until.getTime(), 40]])
})

test('the largest difference counts either way, and only where both sides are known', () => {
  const { largest, now, difference } = curvesOf(
    [
      { at: at(3), reported: 40, derived: 35 },
      { at: at(1), reported: 30, derived: 37 },
      { at: at(4), reported: null, derived: 35 },
    ],
    until,
  )
  expect(largest).toEqual({ at: at(1), difference: -7 })
  expect(now).toBeNull()
  expect(difference.map(([, value]) => value)).toEqual([-7, 5, null, null])
})

test('no counts, no curves', () => {
  expect(curvesOf([], until)).toEqual({ reported: [], derived: [], difference: [], now: null, largest: null })
})

test('a difference carries its sign', () => {
  expect([3, 0, -4].map(signed)).toEqual(['+3', '0', '−4'])
})

test('one impossible count does not flatten a day', () => {
  expect([axisTop(180, 200), axisTop(40, 200), axisTop(99_999, 200), axisTop(7, 0)]).toEqual([200, 48, 240, 7])
  expect([axisEnd(-99_999, 200), axisEnd(99_870, 200), axisEnd(-12, 200)]).toEqual([-240, 240, -12])
})
