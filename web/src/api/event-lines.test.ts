import { expect, test } from 'vitest'

import { EventLines } from './event-lines'

test('an event is whole at the empty line', () => {
  const lines = new EventLines()
  expect(lines.take('event: passage\ndata: {"a":1}\n')).toEqual([])
  expect(lines.take('\n')).toEqual([{ name: 'passage', data: '{"a":1}' }])
})

test('pieces may end inside a line and inside a line ending', () => {
  const lines = new EventLines()
  const whole = 'event: photo\r\ndata: one\r\ndata: two\r\n\r\nevent: x\ndata: 3\n\n'
  const events = [...whole].flatMap((piece) => lines.take(piece))
  expect(events).toEqual([
    { name: 'photo', data: 'one\ntwo' },
    { name: 'x', data: '3' },
  ])
})

test('keep-alive comments and events without data say nothing', () => {
  const lines = new EventLines()
  expect(lines.take(': still here\n\nevent: lots\n\n')).toEqual([])
  expect(lines.take('data:tight\n\n')).toEqual([{ name: 'message', data: 'tight' }])
})
