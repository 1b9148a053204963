import { expect, test } from 'vitest'

import type { Export, Permission, User } from '../../api/types'
import { isReason } from '../../parking/reason'
import { cityMoment, dayAfter, dayBegins, dayEnds, dayOf } from '../../time/clock'
import { delayMinutes } from './change-words'
import { lastBefore, ofDay } from './lot/charges'
import { hoursOf } from './lot/hours'
import type { Charge } from '../../api/office'
import { changesOf } from './audit/changes'
import { actOn } from './exports/acts'
import { isLate, secondsOf } from './jobs/runs'
import { passes, type Passage } from './passages/passages'
import { personRows, stateOf } from './people/person-rows'

const now = Date.parse('2026-11-28T12:00:00+08:00')
const user = (given: Partial<User>): User => ({
  login: 'zhang', name: '张伟', role: 'operator', disabled: false, must_change_password: false, totp: 'none', created_at: '', ...given,
})

test('of an account the worst is told: that it is off, that it is locked, that its password is the first', () => {
  expect(stateOf(user({ disabled: true, locked_until: '2026-11-28T12:30:00+08:00' }), now)).toBe('disabled')
  expect(stateOf(user({ locked_until: '2026-11-28T12:30:00+08:00', must_change_password: true }), now)).toBe('locked')
  expect(stateOf(user({ locked_until: '2026-11-28T11:30:00+08:00' }), now)).toBe('active')
  expect(stateOf(user({ must_change_password: true }), now)).toBe('first')
})

test('people are found by login, name, role and state', () => {
  const users = [user({}), user({ login: 'li', name: '李娜', role: 'regulator', disabled: true })]
  const found = (filter: Partial<Parameters<typeof personRows>[1]>) =>
    personRows(users, { text: '', role: '', state: '', ...filter }, now).map(({ login }) => login)
  expect([found({}), found({ text: 'ZH' }), found({ text: '娜' }), found({ role: 'regulator' }), found({ state: 'disabled' })])
    .toEqual([['zhang', 'li'], ['zhang'], ['li'], ['li'], ['li']])
})

test('an entry of the audit tells what changed, field by field', () => {
  expect(changesOf({ disabled: false, role: 'viewer', gone: 1 }, { disabled: true, role: 'viewer' })).toEqual([
    { field: 'disabled', before: 'false', after: 'true' }, { field: 'gone', before: '1', after: null },
  ])
  expect(changesOf(null, { reason: '核实投诉', lots: ['a'] })).toEqual([
    { field: 'reason', before: null, after: '核实投诉' }, { field: 'lots', before: null, after: '["a"]' },
  ])
  expect(changesOf(null, null)).toEqual([])
  expect(changesOf(3, ['x'])).toEqual([{ field: '', before: '3', after: '["x"]' }])
})

test('nobody decides on the export they asked for', () => {
  const asked = (given: Partial<Export>): Export => ({
    id: '1', number: 'E1', kind: 'sessions', from: '', to: '', purpose: '', rows: 0, state: 'pending', requested_by: 'zhang', requested_at: '', ...given,
  })
  const reader = (login: string, ...permissions: Permission[]) => ({ login, may: (each: Permission) => permissions.includes(each) })
  expect(actOn(asked({}), reader('zhang', 'exports.make', 'exports.approve'))).toBe('own')
  expect(actOn(asked({}), reader('li', 'exports.approve'))).toBe('decide')
  expect(actOn(asked({}), reader('li', 'exports.make'))).toBeNull()
  expect(actOn(asked({ state: 'ready' }), reader('zhang', 'exports.make'))).toBe('download')
  expect(actOn(asked({ state: 'ready' }), reader('li', 'exports.approve'))).toBeNull()
  expect(actOn(asked({ state: 'refused' }), reader('li', 'exports.make', 'exports.approve'))).toBeNull()
})

test('passages are those of the lot and the way asked for', () => {
  const passage = { lot: '330502-001', lot_name: '人民广场', kind: 'entry' } as Passage
  expect([
    passes(passage, {}), passes(passage, { lot: '330502-001' }), passes(passage, { lot: '广场' }), passes(passage, { lot: '330502' }),
    passes(passage, { kind: 'exit' }),
  ]).toEqual([true, true, true, false, false])
})

test('a day of the city begins and ends at its own midnight', () => {
  expect(dayBegins('2026-02-28')).toBe('2026-02-28T00:00:00+08:00')
  expect(dayEnds('2026-02-28')).toBe('2026-03-01T00:00:00+08:00')
  expect([dayBegins(''), dayEnds('2026-13-01'), dayEnds('soon')]).toEqual([undefined, undefined, undefined])
})

test('a moment is typed on the clock of the city, and lies in a day of the city', () => {
  expect([cityMoment('2026-05-01T10:30'), cityMoment('2026-13-01T10:30'), cityMoment('')]).toEqual(['2026-05-01T10:30:00+08:00', undefined, undefined])
  expect([dayOf('2026-04-30T17:00:00Z'), dayOf('2026-04-30T15:59:59Z')]).toEqual(['2026-05-01', '2026-04-30'])
  expect([dayAfter('2026-02-28'), dayAfter('2026-03-01', -1)]).toEqual(['2026-03-01', '2026-02-28'])
})

test('the hours of a day are those that have come', () => {
  expect(hoursOf('2026-11-27', now)).toHaveLength(24)
  expect(hoursOf('2026-11-28', now).at(-1)).toBe('2026-11-28T12:00:00+08:00')
  expect([hoursOf('2026-11-29', now), hoursOf('soon', now)]).toEqual([[], []])
})

test('charges of a day are those that reach into it, and older ones are behind it', () => {
  const charge = (started_at: string, ended_at: string) => ({ started_at, ended_at }) as Charge
  const [from, to] = ['2026-11-28T00:00:00+08:00', '2026-11-29T00:00:00+08:00']
  const list = [charge('2026-11-29T01:00:00+08:00', '2026-11-29T02:00:00+08:00'), charge('2026-11-27T23:00:00+08:00', '2026-11-28T00:30:00+08:00'), charge('2026-11-27T20:00:00+08:00', '2026-11-27T21:00:00+08:00')]
  expect(ofDay(list, from, to)).toEqual([list[1]])
  expect([lastBefore(list, from), lastBefore(list.slice(0, 2), from), lastBefore([], from)]).toEqual([true, false, false])
})

test('a change is as late as it was told after the fact', () => {
  expect(delayMinutes({ at: '2026-11-28T12:00:00+08:00', effective_at: '2026-11-25T10:00:00+08:00' })).toBe(74 * 60)
  expect(delayMinutes({ at: '2026-11-28T12:00:00+08:00', effective_at: null })).toBeNull()
})

test('a reason has four characters, blanks around it not counted', () => {
  expect([isReason('核实投诉'), isReason('  核实投 '), isReason('abcd'), isReason('🚗🚗🚗')]).toEqual([true, false, true, false])
})

test('a run took so long, and a job is late once its time has come', () => {
  expect(secondsOf({ started_at: '2026-11-28T12:00:00+08:00', ended_at: '2026-11-28T12:00:01.540+08:00' })).toBe(1.5)
  expect(secondsOf({ started_at: '2026-11-28T12:00:00+08:00', ended_at: null })).toBeNull()
  expect([isLate('2026-11-28T11:59:00+08:00', now), isLate('2026-11-28T12:01:00+08:00', now)]).toEqual([true, false])
})
