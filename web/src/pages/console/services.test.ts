import { expect, test } from 'vitest'

import { reservationStates } from '../../api/reservations'
import { zh } from '../../i18n/services/zh'
import { isSameRelief, reliefOf, reliefValuesOf } from './lot/relief'
import { settingWords } from './reservations/policy-settings'
import { openReservationStates, reservationsFilterOf } from './reservations/reservation-filter'

test('a list of reservations asks for the days of the city, the last one included', () => {
  expect(reservationsFilterOf({ from: '2026-05-01', to: '2026-05-02', lot: ' 330502-001 ', lang: 'en', view: 'queues' })).toEqual({
    lot: '330502-001', from: '2026-05-01T00:00:00+08:00', to: '2026-05-03T00:00:00+08:00', state: undefined,
  })
  expect(reservationsFilterOf({ from: 'yesterday' }).from).toBeUndefined()
})

test('those that are not over are asked for by every state of which more is to come', () => {
  expect(reservationsFilterOf({ state: 'open' }).state).toEqual(['held', 'requested', 'unknown', 'confirmed', 'waiting', 'offered', 'entered'])
  expect(reservationsFilterOf({ state: 'cancelled' }).state).toEqual(['cancelled'])
  expect(reservationsFilterOf({ state: 'odd' }).state).toBeUndefined()
  expect(reservationStates.filter((state) => !openReservationStates.includes(state))).toEqual(['left', 'no-show', 'cancelled', 'expired', 'refused'])
})

test('a list of no-shows stays one whatever the address says', () => {
  expect(reservationsFilterOf({ state: 'confirmed', lot: '1' }, 'no-show')).toMatchObject({ state: ['no-show'], lot: '1' })
})

test('a setting is told with its unit, and none of some means no limit', () => {
  const told = {
    advance_minutes: [120, '120 分钟'], charging_advance_minutes: [null, '与预约相同'], answer_seconds: [5, '5 秒'], link_hours: [24, '24 小时'],
    erase_days: [30, '30 天'], stay_days_max: [30, '30 天'], orders_per_day: [2, '2 次'], no_shows_per_month: [0, '不限'], late_cancels_per_day: [0, '不限'],
    waiting_per_plate: [0, '0'], early_minutes: [0, '0 分钟'],
  } as const
  for (const [name, [value, words]] of Object.entries(told)) {
    expect(settingWords(name, value), name).toBe(words)
    expect(zh.policySetting, name).toHaveProperty(name)
  }
})

test('relief is sent where it differs, and without free minutes there is none', () => {
  const rules = { free_minutes_while_charging: 60, from_kwh: '10.5', once_a_day: true }
  expect(isSameRelief(reliefOf(reliefValuesOf({ charging_relief: rules })), rules)).toBe(true)
  expect(isSameRelief({ ...rules, from_kwh: '10.50' }, rules)).toBe(true)
  expect(isSameRelief({ ...rules, once_a_day: false }, rules)).toBe(false)
  expect(isSameRelief({ ...rules, free_minutes_while_charging: 0 }, rules)).toBe(false)
  expect(isSameRelief(reliefOf(reliefValuesOf({})), null)).toBe(true)
  expect(isSameRelief(rules, null)).toBe(false)
  expect(reliefOf({ minutes: 30, from_kwh: 5, once_a_day: false })).toEqual({ free_minutes_while_charging: 30, from_kwh: '5', once_a_day: false })
})
