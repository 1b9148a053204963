import { expect, test } from 'vitest'

import type { OfficeLot } from '../api/office'
import { changesOf, emptyLot, lotBaseOf, lotValuesOf, numberIn } from './lot-form'

const lot = {
  name: '人民广场', kind: 'off-street', district: '330502', address: '人民路1号', longitude: 120.1, latitude: 30.9, spaces_total: 200,
  charging_spaces: 20, tariff: '每小时 3 元', category: 'public', gates: [{ name: '东门', direction: 'both' }],
} as OfficeLot

test('what was not touched is not sent', () => {
  const former = lotBaseOf(lotValuesOf(lot))
  expect(changesOf(former, lotBaseOf(lotValuesOf(lot)))).toEqual({})
  expect(changesOf(former, lotBaseOf({ ...lotValuesOf(lot), spaces_total: '210', tariff: ' 每小时 3 元 ' }))).toEqual({ spaces_total: 210 })
})

test('a position is changed as a whole, with the datum it was given in', () => {
  const former = lotBaseOf(lotValuesOf(lot))
  expect(changesOf(former, lotBaseOf({ ...lotValuesOf(lot), longitude: '120.2', datum: 'GCJ02' })))
    .toEqual({ longitude: 120.2, latitude: 30.9, datum: 'GCJ02' })
  expect(changesOf(former, lotBaseOf({ ...lotValuesOf(lot), datum: 'BD09' }))).toEqual({})
})

test('a category of the other kind of lot falls away with a change of kind, and a gate without a name is none', () => {
  const base = lotBaseOf({ ...lotValuesOf(lot), kind: 'on-street', gates: [{ name: ' ', direction: 'in' }, { name: ' 西门 ', direction: 'out' }] })
  expect(base.category).toBeNull()
  expect(base.gates).toEqual([{ name: '西门', direction: 'out' }])
  expect(lotBaseOf({ ...lotValuesOf(lot), kind: 'on-street', category: 'angled' }).category).toBe('angled')
})

test('a position left empty is none, and other numbers left empty are nought', () => {
  expect(lotBaseOf(emptyLot())).toMatchObject({ longitude: null, latitude: null, charging_spaces: 0 })
  expect([numberIn(' 3 '), numberIn(4), numberIn('')]).toEqual([3, 4, null])
})
