import { expect, test } from 'vitest'

import { lines } from '../../../api/ndjson'
import { diffOf } from './diff'
import { settingsOf } from './settings'

const words = (before: string, after: string): string[] => diffOf(before, after).map(({ sign, text }) => sign + text)

test('a diff shows what both have once, and what was taken away before what took its place', () => {
  expect(words('a\nb\nc\n', 'a\nx\nc')).toEqual([' a', '-b', '+x', ' c'])
  expect(words('', '[rates]\nonline = 0.9\n')).toEqual(['+[rates]', '+online = 0.9'])
  expect(words('a\nb', 'b\na')).toEqual(['-a', ' b', '+a'])
  expect(words('a\r\nb', 'a\nb')).toEqual([' a', ' b'])
  expect(words('', '')).toEqual([])
})

test('every setting stands under its table, what lies deeper by its path', () => {
  expect(settingsOf({ rates: { aims: { online: 0.95 }, late_s: 10, days: [1, 2] }, cases: {}, on: true })).toEqual([
    { name: 'rates', settings: [{ name: 'aims.online', value: '0.95' }, { name: 'late_s', value: '10' }, { name: 'days', value: '1, 2' }] },
    { name: 'on', settings: [{ name: '', value: 'true' }] },
  ])
})

test('lines are read as they arrive, however they are cut', async () => {
  const pieces = ['{"done":1,', '"all":2}\n{"done":2,"all":2}', '\n{"result":"好', '"}\n']
  const bytes = pieces.map((piece) => new TextEncoder().encode(piece))
  // A letter may be cut in two as well.
  const [third = new Uint8Array()] = bytes.splice(2, 1)
  bytes.splice(2, 0, third.slice(0, -1), third.slice(-1))
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = bytes.shift()
      if (next) controller.enqueue(next)
      else controller.close()
    },
  })
  const read: unknown[] = []
  for await (const line of lines(stream)) read.push(line)
  expect(read).toEqual([{ done: 1, all: 2 }, { done: 2, all: 2 }, { result: '好' }])
})

test('whoever stops reading lets the stream go', async () => {
  let cancelled = false
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode('{"n":1}\n{"n":2}\n')),
    cancel: () => {
      cancelled = true
    },
  })
  for await (const line of lines<{ n: number }>(stream)) if (line.n === 1) break
  expect(cancelled).toBe(true)
})
