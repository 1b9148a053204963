import { expect, test } from 'vitest'

import { eventsIn } from './event-stream'

async function read(pieces: Iterable<string>) {
  const text = new ReadableStream<string>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece)
      controller.close()
    },
  })
  const bytes = text.pipeThrough(new TextEncoderStream())
  const events = []
  for await (const { event, data } of eventsIn(bytes)) events.push({ name: event ?? 'message', data })
  return events
}

test('an event is whole at the empty line', async () => {
  expect(await read(['event: passage\ndata: {"a":1}\n'])).toEqual([])
  expect(await read(['event: passage\ndata: {"a":1}\n', '\n'])).toEqual([{ name: 'passage', data: '{"a":1}' }])
})

test('pieces may end inside a line and inside a line ending', async () => {
  const whole = 'event: photo\r\ndata: one\r\ndata: two\r\n\r\nevent: x\ndata: 3\n\n'
  expect(await read(whole)).toEqual([
    { name: 'photo', data: 'one\ntwo' },
    { name: 'x', data: '3' },
  ])
})

test('keep-alive comments and events without data say nothing', async () => {
  expect(await read([': still here\n\nevent: lots\n\n'])).toEqual([])
  expect(await read([': still here\n\nevent: lots\n\n', 'data:tight\n\n'])).toEqual([{ name: 'message', data: 'tight' }])
})

test('an event that never ends is given up, and does not fill the memory', async () => {
  const endless = Array.from({ length: 80 }, () => 'x'.repeat(16_384))
  await expect(read(['data: ', ...endless])).rejects.toThrow()
})
