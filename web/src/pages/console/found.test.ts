import { expect, test } from 'vitest'

import { foundGroups, isWorthAsking } from './found'
import { listOf, placeOf } from './overview/needs'

test('one letter is not worth a question, one character of Chinese is', () => {
  expect(['a', ' 3 ', '', '湖', 'ab', '３'].map(isWorthAsking)).toEqual([false, false, false, true, true, false])
})

test('what was found leads to its page, a record to its lot on the day it came in', () => {
  const groups = foundGroups({
    lots: [], providers: [{ code: 'hz', name: '示范' }], registrations: [],
    records: [{ lot: '330502-001', record_id: 'R1', at: '2026-11-28T00:30:00+08:00' }],
  })
  expect(groups.map(({ kind }) => kind)).toEqual(['providers', 'records'])
  expect(groups[1]?.items[0]?.to).toEqual({ name: 'console-lot', params: { code: '330502-001' }, query: { date: '2026-11-28' } })
})

test('what needs somebody leads to where it is done, and what is not known here nowhere', () => {
  for (const kind of ['registration', 'handover', 'waiting-lot', 'silent-lot', 'deadline', 'export', 'key-expiring', 'case-mine', 'case-new', 'case-open']) {
    expect(placeOf(kind, 'x'), kind).not.toBeNull()
    expect(listOf(kind), kind).not.toBeNull()
  }
  expect(listOf('case-mine', 'zhang')).toEqual({ name: 'console-cases', query: { assignee: 'zhang' } })
  expect([placeOf('new-one', 'x'), listOf('new-one')]).toEqual([null, null])
})
