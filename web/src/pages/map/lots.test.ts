import { expect, test } from 'vitest'

import type { LotFeature, PublicLot } from '../../api/types'
import { everyLot, filterLots, filterOf, noOffers, plainly, queryOf, wantsOf } from './filter'
import { metresBetween } from './distance'
import { levelOf, levelWord, toldVacant } from '../../parking/vacancy'

const counted = (vacant: number | null, spaces_total = 200, status: PublicLot['status'] = 'online') => ({
  vacant, spaces_total, status,
})

test('the level follows the share of vacant spaces', () => {
  expect(levelOf(counted(120))).toBe('plenty')
  expect(levelOf(counted(21))).toBe('plenty')
  expect(levelOf(counted(20))).toBe('few')
  expect(levelOf(counted(0))).toBe('full')
  expect(levelOf(counted(-2))).toBe('full')
})

test('a lot that is heard from without a number to believe is unknown, a silent one is lost', () => {
  expect(levelWord(counted(null))).toBe('level.unknown')
  expect(levelWord(counted(null, 200, 'stale'))).toBe('level.stale')
  expect(levelWord(counted(null, 200, 'closed'))).toBe('level.closed')
  expect(levelWord(counted(20))).toBe('level.few')
})

test('a small lot has few spaces at three, not at a tenth', () => {
  expect(levelOf(counted(4, 12))).toBe('plenty')
  expect(levelOf(counted(3, 12))).toBe('few')
})

test('a silent or closed lot has no level of vacancy and tells no number', () => {
  expect(levelOf(counted(50, 200, 'stale'))).toBe('stale')
  expect(levelOf(counted(50, 200, 'closed'))).toBe('closed')
  expect(levelOf(counted(null))).toBe('stale')
  expect(toldVacant(counted(50, 200, 'stale'))).toBeNull()
  expect(toldVacant(counted(50))).toBe(50)
})

test('a hundredth of a degree of latitude is 1.1 km', () => {
  expect(metresBetween([120.08, 30.89], [120.08, 30.9])).toBeCloseTo(1112, 0)
  expect(metresBetween([120.08, 30.89], [120.08, 30.89])).toBe(0)
})

function lot(code: string, longitude: number, given: Partial<PublicLot> = {}): LotFeature {
  return {
    type: 'Feature',
    geometry: { type: 'Point', coordinates: [longitude, 30.89] },
    properties: {
      code, name: `停车场${code}`, kind: 'off-street', district: '330502', address: '人民路1号', spaces_total: 100,
      vacant: 10, charging_vacant: null, charging_spaces: 0, accessible_spaces: 0, status: 'online', as_of: null, distance_m: null, ...given,
    },
  }
}

const codes = (chosen: { lot: LotFeature }[]): string[] => chosen.map((each) => each.lot.properties.code)

test('lots are sorted by distance, or by vacancy with silent ones last', () => {
  const lots = [lot('far', 120.3, { vacant: 90 }), lot('near', 120.1), lot('silent', 120.2, { vacant: 99, status: 'stale' })]
  expect(codes(filterLots(lots, everyLot, [120.09, 30.89]))).toEqual(['near', 'silent', 'far'])
  expect(codes(filterLots(lots, { ...everyLot, sort: 'vacant' }, [120.09, 30.89]))).toEqual(['far', 'near', 'silent'])
})

test('all words must be found in the name, address or code', () => {
  const lots = [lot('A1', 120.1, { name: '市中心医院' }), lot('B2', 120.1, { address: '医院路' })]
  expect(codes(filterLots(lots, { ...everyLot, words: ' 医院 人民' }, [120, 30]))).toEqual(['A1'])
  expect(codes(filterLots(lots, { ...everyLot, words: 'b2' }, [120, 30]))).toEqual(['B2'])
})

test('kind and district narrow the list', () => {
  const lots = [lot('A', 120.1, { kind: 'on-street' }), lot('B', 120.1, { district: '330521' })]
  expect(codes(filterLots(lots, { ...everyLot, kind: 'on-street' }, [120, 30]))).toEqual(['A'])
  expect(codes(filterLots(lots, { ...everyLot, district: '330521' }, [120, 30]))).toEqual(['B'])
})

test('what a lot must have narrows the list, and an address holds it', () => {
  const lots = [lot('A', 120.1, { charging_spaces: 4 }), lot('B', 120.1, { accessible_spaces: 2, vacant: 0 }), lot('C', 120.1, { charging_vacant: 1, accessible_spaces: 1 })]
  expect(codes(filterLots(lots, { ...everyLot, wants: ['charging'] }, [120, 30]))).toEqual(['A', 'C'])
  expect(codes(filterLots(lots, { ...everyLot, wants: ['charging', 'accessible'] }, [120, 30]))).toEqual(['C'])
  expect(codes(filterLots(lots, { ...everyLot, wants: ['free'] }, [120, 30]))).toEqual(['A', 'C'])
  const wanted = { ...everyLot, words: '医院', kind: 'on-street', wants: ['accessible'], sort: 'vacant' } as const
  const address = Object.fromEntries(Object.entries(queryOf(wanted)).filter(([, value]) => value))
  expect(address).toEqual({ q: '医院', kind: 'on-street', accessible: '1', sort: 'vacant' })
  expect(filterOf({ ...address, kind: 'none' })).toEqual({ ...wanted, kind: '' })
})

test('reservations and offers off peak are chosen by where any lot has them', () => {
  const lots = ['A', 'B', 'C'].map((code) => lot(code, 120.1))
  const offers = { reservable: new Set(['B', 'C']), 'off-peak': new Set(['C']) }
  const chosenBy = (query: Record<string, string>): string[] => codes(filterLots(lots, filterOf(query), [120, 30], plainly, offers))
  expect(chosenBy({ reservable: '1' })).toEqual(['B', 'C'])
  expect(chosenBy({ reservable: '1', 'off-peak': '1' })).toEqual(['C'])
  expect(wantsOf(offers)).toEqual(['free', 'charging', 'accessible', 'reservable', 'off-peak'])
  expect(wantsOf({ ...noOffers, 'off-peak': new Set(['C']) })).toEqual(['free', 'charging', 'accessible', 'off-peak'])
})
