import { expect, test } from 'vitest'

import { age, gatewayTime, momentAt, offset, size, span } from './ages'
import { nowMs } from './fixtures'

test('the gateway’s clock goes on by the page’s stopwatch', () => {
  expect(gatewayTime({ gatewayMs: nowMs, receivedMs: 1_000 }, 8_500)).toBe(nowMs + 7_500)
})

test('ages are told in the largest unit that says enough', () => {
  expect(age('2026-04-01T08:15:29.500+08:00', nowMs)).toBe('刚刚')
  expect(age('2026-04-01T08:15:00+08:00', nowMs)).toBe('30 秒前')
  expect(age('2026-04-01T08:12:00+08:00', nowMs)).toBe('3 分钟前')
  expect(age('2026-04-01T06:10:00+08:00', nowMs)).toBe('2 小时 5 分前')
  expect(age('2026-03-29T07:15:30+08:00', nowMs)).toBe('3 天 1 小时前')
})

test('a time ahead of the gateway’s clock is now, and what is no time stays as it came', () => {
  expect(age('2026-04-01T08:20:00+08:00', nowMs)).toBe('刚刚')
  expect(age('soon', nowMs)).toBe('soon')
  expect(momentAt('soon', nowMs)).toBe('soon')
})

test('today’s times go without the day', () => {
  expect(momentAt('2026-04-01T00:01:00Z', nowMs)).toBe('08:01')
  expect(momentAt('2026-03-31T23:59:00+08:00', nowMs)).toBe('03/31 23:59')
  expect(momentAt(null, nowMs)).toBe('—')
})

test('an offset keeps what matters of it, whichever way it goes', () => {
  expect(offset(-120)).toBe('120 毫秒')
  expect(offset(1_540)).toBe('1.5 秒')
  expect(offset(-75_300)).toBe('75 秒')
  expect(offset(600_000)).toBe('10 分钟')
})

test('a span that is over is nothing, and sizes are told to a tenth', () => {
  expect(span(-5_000)).toBe('0 秒')
  expect([0, 900, 1_234_567, 8_589_934_592, 500 * 1_024].map(size)).toEqual(['0 B', '900 B', '1.2 MiB', '8.0 GiB', '500 KiB'])
})
