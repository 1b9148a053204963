import { convertIcsCalendar } from 'ts-ics'
import { expect, test } from 'vitest'

import { reservationTokenIn, reservationTokenOf } from '../../api/reservation-link'
import { laterOf } from '../../api/reservations'
import { aheadOf, arrivalTimes, windowOf } from './arrival'
import { calendarOf } from './calendar'
import { cancellationCost } from './cost'
import { halfOf } from './told'

const at = (time: string): number => Date.parse(`2026-05-01T${time}:00+08:00`)

test('arrivals are offered by quarters, from the next one on and no further ahead than the city allows', () => {
  expect(arrivalTimes(at('10:07'), 60)).toEqual([
    '2026-05-01T10:15:00+08:00', '2026-05-01T10:30:00+08:00', '2026-05-01T10:45:00+08:00', '2026-05-01T11:00:00+08:00',
  ])
  expect(arrivalTimes(at('10:15'), 15)).toEqual(['2026-05-01T10:30:00+08:00'])
  expect(arrivalTimes(at('10:07'), 5)).toEqual([])
  expect(arrivalTimes(at('23:50'), 30)).toEqual(['2026-05-02T00:00:00+08:00', '2026-05-02T00:15:00+08:00'])
})

test('a time that was chosen before stays among them until it is past', () => {
  expect(arrivalTimes(at('10:07'), 30, '2026-05-01T12:20:00+08:00')).toEqual([
    '2026-05-01T10:15:00+08:00', '2026-05-01T10:30:00+08:00', '2026-05-01T12:20:00+08:00',
  ])
  expect(arrivalTimes(at('10:07'), 30, '2026-05-01T10:30:00+08:00')).toHaveLength(2)
  expect(arrivalTimes(at('10:07'), 30, '2026-05-01T09:00:00+08:00')).toHaveLength(2)
})

test('days ahead are hours to choose from, and the list has an end', () => {
  const days = arrivalTimes(at('10:07'), 7 * 24 * 60)
  expect(days[0]).toBe('2026-05-01T11:00:00+08:00')
  expect(days).toHaveLength(168)
  expect(arrivalTimes(at('10:07'), 1_000_000)).toHaveLength(200)
})

test('the gate opens before the time and stays open after it', () => {
  expect(windowOf('2026-05-01T10:30:00+08:00', { early_minutes: 30, keep_minutes: 45 })).toEqual({
    from: '2026-05-01T10:00:00+08:00', until: '2026-05-01T11:15:00+08:00',
  })
})

test('what cancelling costs depends on the moment, and whoever waits pays nothing', () => {
  const held = { state: 'confirmed', free_cancel_until: '2026-05-01T10:00:00+08:00' } as const
  expect(cancellationCost(held, at('09:59'))).toBe('free')
  expect(cancellationCost(held, at('10:00'))).toBe('late')
  expect(cancellationCost({ ...held, state: 'waiting' }, at('10:30'))).toBe('waiting')
})

test('the calendar has the car’s window, the link and a reminder, and takes the place of an older entry', () => {
  const reservation = {
    code: '0123456789abcdef0123456789abcdef', version: 3, state: 'confirmed', enter_at: '2026-05-01T10:30:00+08:00', from: '2026-05-01T10:00:00+08:00',
    until: '2026-05-01T11:00:00+08:00',
  } as const
  const link = 'https://parking.example/reservation#secret'
  const words = { summary: '停车：人民广场, 地下', description: '10:00 至 11:00 可入场；车牌 浙E·**345\n更改请打开链接' }
  const text = calendarOf(reservation, words, link, '人民路1号', new Date(at('09:00')))
  expect(text).toMatch(/^BEGIN:VCALENDAR\r\n/)
  const [event] = convertIcsCalendar(undefined, text).events ?? []
  expect(event?.uid).toBe('0123456789abcdef0123456789abcdef@parking.example')
  expect(event?.sequence).toBe(3)
  expect(event?.start.date).toEqual(new Date(at('10:30')))
  expect(event?.end?.date).toEqual(new Date(at('11:00')))
  expect([event?.summary, event?.location, event?.url, event?.status]).toEqual([words.summary, '人民路1号', link, 'CONFIRMED'])
  expect(event?.description).toBe(words.description)
  expect(event?.alarms).toHaveLength(1)
  expect(calendarOf({ ...reservation, state: 'waiting' }, words, link, '')).toContain('STATUS:TENTATIVE')
})

test('a link’s token is read behind # of the reservation’s page, and nowhere else', () => {
  expect(reservationTokenIn('/reservation', '#3f2a-_9')).toBe('3f2a-_9')
  for (const hash of ['', '#', '#a b', '#a/b', `#${'x'.repeat(201)}`]) expect(reservationTokenIn('/reservation', hash), hash).toBeNull()
  expect(reservationTokenIn('/lots/1', '#abc')).toBeNull()
})

test('a link that is pasted is opened, and so is its token alone', () => {
  const token = '0123456789abcdef0123456789abcdef'
  for (const pasted of [token, ` https://parking.example/reservation#${token}\n`, `https://parking.example/reservation?lang=en#${token}`]) {
    expect(reservationTokenOf(pasted), pasted).toBe(token)
  }
  for (const pasted of ['', 'https://parking.example/reservation', `https://parking.example/lots/1#${token}`, '浙E12345', '12345']) {
    expect(reservationTokenOf(pasted), pasted).toBeNull()
  }
})

test('a space with a charger may be given further ahead, or less far', () => {
  const rules = { ahead_minutes: 120, charging_ahead_minutes: 60 }
  expect([aheadOf(rules, 'ordinary'), aheadOf(rules, 'accessible'), aheadOf(rules, 'charging')]).toEqual([120, 120, 60])
})

test('of what is said in both languages each reader is shown one', () => {
  for (const [text, zh, en] of [
    ['没有可预约车位 no space that can be reserved is free then', '没有可预约车位', 'No space that can be reserved is free then'],
    ['请填写完整的车牌号码，例如 浙E12345 a whole plate is expected, such as 浙E12345', '请填写完整的车牌号码，例如 浙E12345', 'A whole plate is expected, such as 浙E12345'],
    ['请填写 11 位手机号码 a mobile number of 11 digits is expected', '请填写 11 位手机号码', 'A mobile number of 11 digits is expected'],
  ] as const) {
    expect(halfOf(text, 'zh')).toBe(zh)
    expect(halfOf(text, 'en')).toBe(en)
  }
  for (const text of ['', 'try again', '请重试']) expect(halfOf(text, 'en')).toBe(text)
})

test('an answer that was long on its way does not take the place of what the stream has told since', () => {
  const [read, told] = [{ version: 1, state: 'held' }, { version: 3, state: 'confirmed' }]
  expect(laterOf(told, read)).toBe(told)
  expect(laterOf(read, told)).toBe(told)
  expect(laterOf(undefined, read)).toBe(read)
  expect(laterOf({ version: 3, state: 'waiting' }, told), 'the place in line changes no version').toBe(told)
})
