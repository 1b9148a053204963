// An example is run, not written down: what the platform answers now, as far as a reader wants to see it.

/** Bytes that are read of an answer: files of a large city are megabytes, and a page of it is enough. */
export const shownBytesMax = 2_000

export interface Example {
  status: number
  mediaType: string
  headers: [name: string, value: string][]
  text: string
  isWhole: boolean
  ms: number
}

const shownHeaders = ['Content-Type', 'ETag', 'Last-Modified', 'Cache-Control', 'Link', 'Retry-After']

/** Asks, reads the beginning and hangs up. */
export async function runExample(path: string): Promise<Example> {
  const begun = performance.now()
  const hangUp = new AbortController()
  const response = await fetch(path, { signal: hangUp.signal, credentials: 'omit' })
  const ms = Math.round(performance.now() - begun)
  const { text, isWhole } = await beginning(response)
  hangUp.abort()
  const headers = shownHeaders.flatMap((name): [string, string][] => {
    const value = response.headers.get(name)
    return value ? [[name, value]] : []
  })
  return { status: response.status, mediaType: (response.headers.get('Content-Type') ?? '').split(';')[0] ?? '', headers, text, isWhole, ms }
}

async function beginning(response: Response): Promise<{ text: string; isWhole: boolean }> {
  // A stream of events has no end, and may have nothing to say for a while.
  if (!response.body || response.headers.get('Content-Type')?.startsWith('text/event-stream')) return { text: '', isWhole: false }
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  while (text.length <= shownBytesMax) {
    const { done, value } = await reader.read()
    if (done) return { text: text + decoder.decode(), isWhole: true }
    text += decoder.decode(value, { stream: true })
  }
  return { text: text.slice(0, shownBytesMax), isWhole: false }
}

/** The same with line breaks where a reader wants them: machines' files have none. */
export function broken(text: string, mediaType: string): string {
  if (mediaType.includes('xml')) return text.replaceAll('><', '>\n<')
  if (mediaType.includes('json')) return text.replaceAll(/([[{,])("[@\w:]+":|\{)/g, '$1\n$2')
  return text
}

export const commandOf = (path: string, origin: string): string => {
  const url = origin + path
  // A shell takes what stands behind a question mark for a pattern.
  return `curl -s --compressed ${url.includes('?') || url.includes('&') ? `'${url}'` : url}`
}
