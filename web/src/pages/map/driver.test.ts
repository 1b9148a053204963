import { expect, test } from 'vitest'

import type { LotHistory } from '../../api/driver'
import type { PublicLot } from '../../api/types'
import { isKeptAnswer, isPage } from '../../offline-paths'
import { dayOf, hoursOf } from '../lot/day'
import { ageOf } from './age'
import { arrivalMinutes } from './arrival'
import { everyLot, filterLots } from './filter'
import { lotMark, lotPoints, partsOf } from './lot-points'
import { navigationTo } from './navigate'
import { usePinyin } from './pinyin'

// The middle of Huzhou in WGS 84, and in GCJ-02 and BD-09 as they were worked out by another program.
const here = [120.0868, 30.8937] as const
const near = (text: string | null | undefined, expected: readonly number[]): void => {
  const given = (text ?? '').split(',').map(Number)
  expect(given).toHaveLength(2)
  for (const [n, degrees] of expected.entries()) expect(Math.abs((given[n] ?? 0) - degrees)).toBeLessThan(0.00001)
}
const gcj = [120.091671, 30.891656] as const
const bd = [120.098171, 30.897689] as const
const turned = ([longitude, latitude]: readonly [number, number]) => [latitude, longitude]

test('each application is led by its own datum', () => {
  const amap = new URL(navigationTo('amap', '人民广场,地下', here)).searchParams
  expect([amap.get('coordinate'), amap.get('mode')]).toEqual(['gaode', 'car'])
  const [longitude, latitude, ...name] = (amap.get('to') ?? '').split(',')
  near(`${longitude},${latitude}`, gcj)
  expect(name).toEqual(['人民广场 地下'])
  near(new URL(navigationTo('tencent', '人民广场', here)).searchParams.get('tocoord'), turned(gcj))
  const baidu = new URL(navigationTo('baidu', '人民广场', here))
  expect([baidu.pathname, baidu.searchParams.get('coord_type')]).toEqual(['/marker', 'bd09ll'])
  near(baidu.searchParams.get('location'), turned(bd))
})

test('a navigation begins where the driver is, where that is known', () => {
  near(new URL(navigationTo('amap', 'P', here, here)).searchParams.get('from'), gcj)
  near(new URL(navigationTo('tencent', 'P', here, here)).searchParams.get('fromcoord'), turned(gcj))
  const baidu = new URL(navigationTo('baidu', 'P', here, here))
  expect(baidu.pathname).toBe('/direction')
  near(/latlng:([^|]+)/.exec(baidu.searchParams.get('origin') ?? '')?.[1], turned(bd))
})

test('how long the way takes is guessed from the distance, and from nothing it is a quarter of an hour', () => {
  expect([null, 0, 1_000, 5_000, 40_000, 400_000].map(arrivalMinutes)).toEqual([15, 5, 10, 30, 120, 120])
})

const lot = (given: Partial<PublicLot>): PublicLot => ({
  code: 'A', name: '浙北大厦停车场', kind: 'off-street', district: '330502', address: '红旗路1号', spaces_total: 100, vacant: 40, charging_vacant: null,
  charging_spaces: 0, accessible_spaces: 0, status: 'online', as_of: null, distance_m: null, ...given,
})

test('a mark carries the number, how full the lot is, and nothing that is not so any more', () => {
  expect(lotMark(lot({}))).toEqual({ level: 'plenty', text: '40', parts: 2 })
  expect(lotMark(lot({ vacant: 5 }))).toEqual({ level: 'few', text: '5', parts: 1 })
  expect(lotMark(lot({ vacant: 0 }))).toEqual({ level: 'full', text: '0', parts: 0 })
  expect(lotMark(lot({ status: 'stale' }))).toEqual({ level: 'stale', text: '?', parts: 0 })
  expect(lotMark(lot({ status: 'closed' }))).toEqual({ level: 'closed', text: '×', parts: 0 })
  expect([partsOf(1, 1_000), partsOf(1_000, 1_000), partsOf(3, 0)]).toEqual([1, 5, 0])
})

test('a silent lot adds nothing to a sum, neither spaces nor free ones', () => {
  const at = (properties: PublicLot) => ({ type: 'Feature' as const, geometry: { type: 'Point' as const, coordinates: [120, 30] }, properties })
  const points = lotPoints([at(lot({})), at(lot({ status: 'stale' })), { ...at(lot({})), geometry: null }]).features
  expect(points.map(({ properties }) => [properties?.vacant, properties?.spaces])).toEqual([[40, 100], [0, 0]])
})

test('letters find Chinese names by whole pinyin and by initials', async () => {
  const { matches, need } = usePinyin()
  const found = (words: string) => filterLots([{ type: 'Feature', geometry: null, properties: lot({}) }], { ...everyLot, words }, [120, 30], matches.value).length
  expect(found('zbds')).toBe(0)
  need('z')
  await expect.poll(() => matches.value('大', 'da')).toBe(true)
  expect(['zbds', 'zhebei', 'hongqilu', '浙北', 'zbds hql'].map(found)).toEqual([1, 1, 1, 1, 1])
  expect(['xyz', '杭州', 'zb9'].map(found)).toEqual([0, 0, 0])
})

test('a number says how old it is', () => {
  const now = Date.parse('2026-05-01T12:00:00+08:00')
  expect(['12:00:30', '11:58:59', '10:30:00'].map((at) => ageOf(`2026-05-01T${at}+08:00`, now))).toEqual(['刚刚', '1 分钟前', '1 小时前'])
})

test('a day has its counts, its usual course, and what is foretold from now on', () => {
  const begins = Date.parse('2026-05-01T00:00:00+08:00')
  const at = (hour: number): string => new Date(begins + hour * 3_600_000).toISOString()
  const history: LotHistory = {
    date: '2026-05-01', lot: 'A', spaces_total: 100,
    items: [{ at: at(8), vacant: 30 }, { at: at(6), vacant: 80 }], usual: [{ at: at(6), vacant: 70 }, { at: at(9), vacant: 20 }],
  }
  const now = begins + 9.5 * 3_600_000
  const day = dayOf(history, { items: [{ minutes: 30, vacant: 25, low: 20, high: 30, probability: 0.9, verdict: 'likely' }] }, now)
  expect(day.today.map(([, vacant]) => vacant)).toEqual([80, 30, 30])
  expect(day.forecast).toEqual([[now, 30], [now + 1_800_000, 25]])
  expect([day.lowest?.[1], day.highest?.[1]]).toEqual([30, 80])
  expect(hoursOf(day, begins).map(({ today, usual }) => [today, usual])).toEqual([[80, 70], [80, 70], [30, 70], [30, 20]])
  expect(dayOf({ ...history, items: [], usual: [] }, undefined, now)).toEqual({ today: [], usual: [], forecast: [], lowest: null, highest: null })
})

test('offline keeps what was seen of lots, and nothing of anybody or of the moment alone', () => {
  expect(['/', '/lots/330502-001'].every(isPage)).toBe(true)
  expect(['/console', '/reservation', '/api/v1/lots', '/lots/a/b'].some(isPage)).toBe(false)
  expect(['settings', 'offers', 'lots', 'lots/330502-001', 'lots/330502-001/history', 'lots/330502-001/details'].map((path) => `/open/v1/${path}`).every(isKeptAnswer)).toBe(true)
  expect(['stream', 'lots/330502-001/forecast', 'reservations/current', 'registrations/1'].map((path) => `/open/v1/${path}`).some(isKeptAnswer)).toBe(false)
})
