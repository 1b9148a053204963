import { expect, test } from 'vitest'

import { minutesLeft, percentPassed } from './deadlines'

const now = Date.parse('2026-11-28T12:00:00+08:00')

test('what is left of a deadline falls to nought and below', () => {
  expect(minutesLeft({ due_at: '2026-11-28T13:30:00+08:00' }, now)).toBe(90)
  expect(minutesLeft({ due_at: '2026-11-27T12:00:00+08:00' }, now)).toBe(-1440)
})

test('a bar is never longer than the whole time, and full once it is over', () => {
  expect(percentPassed({ share: 0.504, state: 'warned50' })).toBe(50)
  expect(percentPassed({ share: 1.7, state: 'overdue' })).toBe(100)
  expect(percentPassed({ share: 0.99, state: 'overdue' })).toBe(100)
  expect(percentPassed({ share: -0.1, state: 'running' })).toBe(0)
})
