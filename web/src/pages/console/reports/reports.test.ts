import { expect, test } from 'vitest'

import { levelOf, sharePercent } from '../../about/shares'
import { changeOf, percentOf } from './change'
import { shownFigure, shownRates } from './figures'
import { firstDay, kindOf, lastPeriod, periodAfter, periodAt, weekOf } from './period'

test('a period is known by how it is written', () => {
  expect(['2026-04-01', '2026-W14', '2026-04', '2026-13', '2026-W54', '2025-W53', '2026-W53', 'x'].map(kindOf)).toEqual(['day', 'week', 'month', null, null, null, 'week', null])
})

test('weeks are those of ISO 8601', () => {
  expect(weekOf('2026-01-01')).toBe('2026-W01')
  expect(weekOf('2027-01-03')).toBe('2026-W53')
  expect(weekOf('2024-12-30')).toBe('2025-W01')
  expect(firstDay('2026-W14')).toBe('2026-03-30')
  expect(firstDay('2025-W01')).toBe('2024-12-30')
})

test('one goes from period to period over the turn of the year', () => {
  expect(periodAfter('2026-01', -1)).toBe('2025-12')
  expect(periodAfter('2025-12', 1)).toBe('2026-01')
  expect(periodAfter('2026-W01', -1)).toBe('2025-W52')
  expect(periodAfter('2026-03-01', -1)).toBe('2026-02-28')
  expect(periodAt('month', '2026-04-30')).toBe('2026-04')
  expect([lastPeriod('day', '2026-04-01'), lastPeriod('week', '2026-04-01'), lastPeriod('month', '2026-04-01')]).toEqual(['2026-03-31', '2026-W13', '2026-03'])
})

test('a change is told only where both are known', () => {
  expect(changeOf(3, 2)).toEqual({ direction: 'up', by: 1 })
  expect(changeOf(2, 2)?.direction).toBe('same')
  expect(changeOf(null, 2)).toBeNull()
  expect(percentOf({ direction: 'up', by: 5 }, 0)).toBeNull()
})

test('figures are written by what they are', () => {
  const row = {
    now: { entries: 1200, dwell_p50_minutes: 95, score: 88.26, rates: { online: 0.9999, photos: null } },
    before: { entries: 1000, dwell_p50_minutes: 100, score: null, rates: { online: 0.95, photos: 0.9 } },
  } as never
  expect(shownFigure(row, 'entries')).toMatchObject({ words: '1,200', by: '20%', change: { direction: 'up' } })
  expect(shownFigure(row, 'dwell_p50_minutes').change?.direction).toBe('down')
  expect(shownFigure(row, 'score')).toMatchObject({ words: '88.3', change: null, by: '' })
  const [online] = shownRates(row)
  expect(online?.shown).toMatchObject({ words: '99.9%', by: '5 个百分点' })
  expect(shownRates(row).find(({ name }) => name === 'photos')?.shown).toMatchObject({ words: '不计分', change: null })
})

test('a change too small to be written is none', () => {
  const row = { now: { entries: 100_000, rates: { photos: 0.9996 } }, before: { entries: 99_999, rates: { photos: 0.9999 } } } as never
  expect(shownFigure(row, 'entries')).toMatchObject({ by: '', change: { direction: 'same' } })
  expect(shownRates(row).find(({ name }) => name === 'photos')?.shown).toMatchObject({ by: '', change: { direction: 'same' } })
})

test('what was away for a minute is no whole', () => {
  expect(sharePercent(1, 0)).toBe('100.00%')
  expect(sharePercent(0.99999, 1)).toBe('99.99%')
  expect(sharePercent(null, 0)).toBeNull()
  expect([0, 1, 30].map((away) => levelOf({ away }))).toEqual(['whole', 'short', 'long'])
})
