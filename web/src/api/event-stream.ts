import { EventSourceParserStream, type EventSourceMessage } from 'eventsource-parser/stream'

/** Far more than any event of the platform: one that goes on past it is an error, and the stream is opened anew. */
const eventCharactersMax = 1_000_000

/** The server-sent events of an answer that was asked for with `fetch`; ends with it. */
export async function* eventsIn(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<EventSourceMessage> {
  const reader = body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream({ maxBufferSize: eventCharactersMax }))
    .getReader()
  try {
    // Not every browser lets a stream be iterated.
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    // A reader who stops early leaves no connection behind.
    reader.cancel().catch(() => undefined)
  }
}
