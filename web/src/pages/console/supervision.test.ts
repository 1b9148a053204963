import { expect, test } from 'vitest'

import type { Case, Rate, RateRow } from '../../api/supervision'
import { findingKinds, type Finding } from '../../api/types'
import { switchLanguage, tIfKnown } from '../../i18n'
import { findingWords } from '../../parking/finding-words'
import { actsOn, isPaused, nextStep } from './cases/acts'
import { arrange, isBelow } from './cases/arrange'
import { casesFilterOf } from './cases/case-filter'
import { dueClock } from './cases/clock'
import { triageKeyOf } from './cases/keys'
import { selectionMax, useSelection } from './cases/selection'
import { lanesOf, placeIn } from './lot/timeline'
import { needsOf } from './overview/case-needs'
import { closedAs, daysOf, drillOf, drillWords, monthBefore, ranked } from './rates/drill'
import { percent } from './rates/figures'
import { articleWords } from './rules/article'

const now = Date.parse('2026-11-28T12:00:00+08:00')
let made = 0
const aCase = (given: Partial<Case> = {}): Case => ({
  id: `c-${made += 1}`, lot: '330502-001', lot_name: '人民广场', provider: 'hz-demo', district: '330502', rule: 'late-report', title: '迟报', title_en: 'Late report',
  article: '10', cause: '', severity: 'warning', vendor: '', parent: null, children: 0, state: 'new', condition: 'holds', inhibited: false, count: 3, first_at: '2026-11-27T08:00:00+08:00',
  last_at: '2026-11-28T08:00:00+08:00', opened_at: '2026-11-27T09:00:00+08:00', assignee: null, paused_until: null, order: null, due_at: null, relapses: 0,
  revision: 1, ...given,
})

test('what may be done follows from where a case stands', () => {
  expect(actsOn([aCase()], now)).toEqual(['file', 'assign', 'pause', 'dismiss', 'comment'])
  expect(actsOn([aCase({ state: 'verifying' })], now)).toEqual(['reject', 'close', 'assign', 'pause', 'comment'])
  expect(actsOn([aCase({ state: 'closed' })], now)).toEqual(['reopen', 'comment'])
  expect(actsOn([aCase({ paused_until: '2026-11-29T12:00:00+08:00' })], now)).not.toContain('pause')
})

test('with several only what may be done with each of them is offered', () => {
  const cases = [aCase(), aCase({ state: 'filed' })]
  expect(actsOn(cases, now)).toEqual(['assign', 'pause', 'dismiss', 'comment'])
  expect([nextStep(cases), nextStep([aCase()]), nextStep([aCase({ state: 'ordered' })]), nextStep([])]).toEqual([null, 'file', 'close', null])
})

test('a pause is over when its time is, without anybody ending it', () => {
  expect(isPaused({ paused_until: '2026-11-28T12:00:01+08:00' }, now)).toBe(true)
  expect([isPaused({ paused_until: '2026-11-28T12:00:00+08:00' }, now), isPaused({ paused_until: null }, now)]).toEqual([false, false])
})

test('a deadline is warned of in its last fifth, and counts no more once the case is closed', () => {
  const due = (due_at: string | null, state: Case['state'] = 'filed') => dueClock(aCase({ opened_at: '2026-11-18T12:00:00+08:00', due_at, state }), now)
  expect(due('2026-12-08T12:00:00+08:00')).toEqual({ state: 'running', minutes: 10 * 24 * 60 })
  expect(due('2026-11-29T12:00:00+08:00')).toEqual({ state: 'near', minutes: 24 * 60 })
  expect(due('2026-11-28T09:30:00+08:00')).toEqual({ state: 'overdue', minutes: 150 })
  expect([due(null), due('2026-11-28T09:30:00+08:00', 'closed')]).toEqual([null, null])
})

test('open cases are asked for unless the address says otherwise, and words that are none count as left out', () => {
  expect(casesFilterOf({ lang: 'en', rule: 'no-such', lot: ' 330502-001 ' }, false))
    .toEqual({ state: 'new,filed,ordered,verifying', lot: '330502-001', order: 'last_at', paused: false })
  expect(casesFilterOf({ state: 'all', rule: 'vacancy-drift', order: 'count' }, true))
    .toEqual({ state: 'new,filed,ordered,verifying,closed,dismissed', rule: 'vacancy-drift', order: 'count', paused: true })
})

test('children stand below their parent, and groups keep the order of the list', () => {
  const parent = aCase({ lot: null, children: 2 })
  const [one, other, lone] = [aCase({ parent: parent.id, lot: 'a' }), aCase({ parent: parent.id, lot: 'b' }), aCase({ lot: 'a', rule: 'silence', parent: 'elsewhere' })]
  const [all] = arrange([one, lone, parent, other], '')
  expect(all?.cases.map(({ id }) => id)).toEqual([lone.id, parent.id, one.id, other.id])
  expect(all && all.cases.map((each) => isBelow(each, all))).toEqual([false, false, true, true])
  expect(arrange([one, lone, parent, other], 'lot').map(({ key, cases }) => [key, cases.length])).toEqual([['a', 2], ['', 1], ['b', 1]])
})

test('a selection is what was chosen, whatever the list takes in afterwards', () => {
  const selection = useSelection()
  const [one, other] = [aCase(), aCase()]
  selection.put([one, other], true)
  selection.toggle(one)
  expect([selection.cases.value, selection.has(one.id)]).toEqual([[other], false])
  selection.put(Array.from({ length: selectionMax + 5 }, () => aCase()), true)
  expect(selection.cases.value).toHaveLength(selectionMax)
  selection.clear()
  expect(selection.cases.value).toEqual([])
})

test('keys are for the list unless they are typed into something', () => {
  const press = (key: string, within: string | null = null, more = {}) => triageKeyOf({
    key, ctrlKey: false, metaKey: false, altKey: false, target: { closest: (selector: string) => within !== null && selector.includes(within) ? {} : null } as unknown as EventTarget, ...more,
  })
  expect([press('j'), press('?'), press('z'), press('j', 'textarea'), press('a', '[role=dialog]'), press('a', null, { ctrlKey: true })])
    .toEqual(['j', '?', null, null, null, null])
  expect([press('Enter'), press('Enter', 'button')]).toEqual(['Enter', null])
})

const rate = (num: number, den: number): Rate => ({ num, den, rate: den === 0 ? null : num / den })
const row = (lot: string, score: number | null, given: Partial<RateRow> = {}): RateRow => ({
  lot, day: '2026-11-27', online: rate(1_400, 1_440), timeliness: { ...rate(80, 100), within_60s: rate(90, 100), p50_s: 2, p95_s: 40 }, completeness: rate(9, 10),
  photos: rate(0, 0), balance: rate(95, 100), vacancy: rate(20, 24), base_data: rate(10, 10), score, ...given,
})

test('what is not scored has no rank and comes last, and equal ones share one', () => {
  const rows = [row('a', 90), row('b', null), row('c', 50), row('d', 90)]
  const of = (order: 'worst' | 'best') => ranked(rows, 'score', order).map((each) => [each.row.lot, each.rank])
  expect(of('worst')).toEqual([['c', 1], ['a', 2], ['d', 2], ['b', null]])
  expect(of('best')).toEqual([['a', 1], ['d', 1], ['c', 3], ['b', null]])
  expect(ranked(rows, 'photos', 'worst').map(({ rank }) => rank)).toEqual([null, null, null, null])
})

test('a day that changed after its close has both figures', () => {
  const changed = row('a', 90, { at_close: { ...row('a', 80), completeness: rate(5, 10) } })
  expect([closedAs(changed, 'completeness'), closedAs(changed, 'online'), closedAs(row('a', 90), 'completeness')]).toEqual([rate(5, 10), null, null])
})

test('a number of the page is one value of its address', () => {
  const drill = { rate: 'photos', part: 'missing', group: 'vendor', code: 'Acme: 停车', by: 'month', period: '2026-11', atClose: false } as const
  for (const each of [drill, { ...drill, atClose: true }]) expect(drillOf(drillWords(each))).toEqual(each)
  for (const odd of ['', 'photos:missing:lot:day:2026-11:a', 'photos:missing:lot:month:2026-13:a', 'speed:num:lot:day:2026-11-27:a', 'photos:num:lot:day:2026-11-27:', 'photos:num@open:lot:day:2026-11-27:a', ['x']]) {
    expect(drillOf(odd), String(odd)).toBeNull()
  }
})

test('periods are days of the city', () => {
  expect([daysOf('month', '2026-02'), daysOf('month', '2026-12'), daysOf('day', '2026-11-27')])
    .toEqual([{ from: '2026-02-01', to: '2026-02-28' }, { from: '2026-12-01', to: '2026-12-31' }, { from: '2026-11-27', to: '2026-11-27' }])
  expect([monthBefore('2026-11', 0), monthBefore('2026-11', 11), monthBefore('2026-01', 1)]).toEqual(['2026-11', '2025-12', '2025-12'])
})

test('what is not whole is never told as 100%', () => {
  expect([percent(1), percent(0.99999), percent(0.9523), percent(0)]).toEqual(['100.0%', '99.9%', '95.2%', '0.0%'])
})

test('findings of a day stand in a lane by kind, at their hour, and at the edge where they lie outside it', () => {
  const [from, to] = ['2026-11-27T00:00:00+08:00', '2026-11-28T00:00:00+08:00']
  const finding = (id: string, kind: string, at: string) => ({ id, kind, at }) as Finding
  const lanes = lanesOf([finding('1', 'silence', '2026-11-27T09:00:00+08:00'), finding('2', 'late-report', '2026-11-27T18:00:00+08:00'), finding('3', 'late-report', '2026-11-27T02:00:00Z')])
  expect(lanes.map(({ kind, findings }) => [kind, findings.map(({ id }) => id)])).toEqual([['late-report', ['3', '2']], ['silence', ['1']]])
  expect([placeIn('2026-11-27T18:00:00+08:00', from, to), placeIn('2026-11-26T23:00:00+08:00', from, to), placeIn('2026-11-28T03:00:00+08:00', from, to)]).toEqual([0.75, 0, 1])
})

test('whoever handles cases is told of their own and of new ones, a provider of all that are open', () => {
  expect(needsOf(true, 'zhang').map(({ kind, filter }) => [kind, filter.assignee])).toEqual([['case-mine', 'zhang'], ['case-new', undefined]])
  expect(needsOf(true, undefined).map(({ kind }) => kind)).toEqual(['case-new'])
  expect(needsOf(false, 'wang').map(({ kind, filter }) => [kind, filter.state])).toEqual([['case-open', 'new,filed,ordered,verifying']])
})

test('articles are named in the language of the page', () => {
  const articles = ['第四条、第十六条第（一）项', '第十条、第十七条第（二）、（三）项', '第二十八条', '17', '附则']
  expect(articles.map(articleWords)).toEqual([...articles.slice(0, 3), '第 17 条', '附则'])
  switchLanguage()
  expect(articles.map(articleWords)).toEqual(['Article 4, 16(1)', 'Article 10, 17(2), (3)', 'Article 28', 'Article 17', '附则'])
  switchLanguage()
})

test('the times in a finding are on the clock of the page', () => {
  const detail = '过车时间 2020-11-28T15:39:16+08:00 早于平台接收时间 2020-11-28T07:49:54.935Z 十分钟以上'
  expect(findingWords({ detail, detail_en: '' })).toBe('过车时间 11/28 15:39 早于平台接收时间 11/28 15:49 十分钟以上')
})

test('a rule has one name, on pages as on papers', async () => {
  const { default: catalogue } = await import('../../../../docs/supervision/rules.md?raw') as { default: string }
  const named = new Map([...catalogue.matchAll(/^\| `([a-z-]+)` \| (.+?) · (.+?) \|/gm)].map(([, rule, zh, en]) => [rule, { zh, en }]))
  expect(findingKinds.map((kind) => tIfKnown('finding', kind))).toEqual(findingKinds.map((kind) => named.get(kind)?.zh))
  switchLanguage()
  expect(findingKinds.map((kind) => tIfKnown('finding', kind))).toEqual(findingKinds.map((kind) => named.get(kind)?.en))
  switchLanguage()
})
