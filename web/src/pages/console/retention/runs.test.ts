import { expect, test } from 'vitest'

import type { Retention } from '../../../api/retention'
import { clearedBy } from './runs'

const of = (kind: Retention['kind'], job: string, ...days: string[]): Retention => ({
  kind, job, days: 30, done: days.map((day) => ({ ended_at: `2026-05-${day}T03:00:00+08:00`, failed: false, message: `${job} ${day}`, message_en: '' })),
})

test('the last run comes first, whichever job it was', () => {
  const runs = clearedBy([of('photos', 'old photos', '03', '01'), of('plates', 'old plates', '02')])
  expect(runs.map(({ message }) => message)).toEqual(['old photos 03', 'old plates 02', 'old photos 01'])
})

test('a run of a job that sees to two kinds is told once, of both', () => {
  const runs = clearedBy([of('reservations', 'old reservations', '02'), of('reservation-plates', 'old reservations', '02')])
  expect(runs.map(({ kinds }) => kinds)).toEqual([['reservations', 'reservation-plates']])
})
