export interface ServerEvent {
  name: string
  data: string
}

/**
 * Puts server-sent events together from pieces of text that may end anywhere,
 * even inside a line ending.
 */
export class EventLines {
  private rest = ''
  private name = ''
  private data: string[] = []

  take(piece: string): ServerEvent[] {
    this.rest += piece
    const events: ServerEvent[] = []
    for (;;) {
      const end = this.rest.search(/\r\n|\n|\r/)
      if (end < 0) return events
      // A lone \r at the very end may be the first half of \r\n.
      if (this.rest[end] === '\r' && end === this.rest.length - 1) return events
      const line = this.rest.slice(0, end)
      this.rest = this.rest.slice(end + (this.rest.startsWith('\r\n', end) ? 2 : 1))
      const event = this.line(line)
      if (event) events.push(event)
    }
  }

  private line(line: string): ServerEvent | null {
    if (line === '') {
      const event = { name: this.name || 'message', data: this.data.join('\n') }
      const whole = this.data.length > 0
      this.name = ''
      this.data = []
      return whole ? event : null
    }
    if (line.startsWith(':')) return null
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') this.name = value
    else if (field === 'data') this.data.push(value)
    return null
  }
}
