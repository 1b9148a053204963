/** Reads a stream of JSON, one value a line, as its lines arrive. */
export async function* lines<Line>(stream: ReadableStream<Uint8Array>): AsyncGenerator<Line> {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      rest += decoder.decode(value, { stream: !done })
      const whole = rest.split('\n')
      rest = done ? '' : whole.pop() ?? ''
      for (const line of whole) if (line.trim()) yield JSON.parse(line) as Line
      if (done) return
    }
  } finally {
    // Whoever reads on no more lets the platform stop.
    await reader.cancel().catch(() => undefined)
  }
}
