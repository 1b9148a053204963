import { expect, test } from 'vitest'

import { jobWords, scheduleWords } from './words'

test('a job is named in words, and one that nobody knows by its name', () => {
  expect(jobWords('days')).toBe('建立每日分区')
  expect(jobWords("registrations' files")).toBe('清理登记材料')
  expect(jobWords('a later job')).toBe('a later job')
})

test('how often it is done is said in the language of the page', () => {
  expect(scheduleWords('every hour')).toBe('每小时')
  expect(scheduleWords('every 15 minutes')).toBe('每 15 分钟')
  expect(scheduleWords('every day at 03:00')).toBe('每日 03:00')
  expect(scheduleWords('on Mondays')).toBe('on Mondays')
})
