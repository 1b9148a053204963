import { refusal } from './client'
import { eventsIn } from './event-stream'
import { wasCancelled } from './problem'
import { send } from './send'
import { isSignedIn } from './session'
import type { PassageEvent, PhotoEvent, VacancyEvent } from './types'

export type StreamState = 'connecting' | 'live' | 'broken'

const firstWait = 1_000
const longestWait = 30_000

/** How long to wait before the next try: doubling, with some chance so that not all pages come back at once. */
export function waitBefore(tries: number, chance = Math.random()): number {
  return Math.min(longestWait, firstWait * 2 ** Math.max(0, tries - 1)) * (0.75 + chance / 2)
}

interface VacancyListener {
  vacancy(event: VacancyEvent): void
  lotsChanged(): void
  state(state: StreamState): void
}

/** Follows the public stream until the returned function is called. */
export function followVacancy(listener: VacancyListener): () => void {
  let source: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let tries = 0

  function open(): void {
    source = new EventSource('/open/v1/stream')
    source.addEventListener('open', () => {
      // What was said while nobody listened is lost, so after a break everything is asked for anew.
      if (tries > 0) listener.lotsChanged()
      tries = 0
      listener.state('live')
    })
    source.addEventListener('vacancy', (event) => listener.vacancy(JSON.parse(event.data) as VacancyEvent))
    source.addEventListener('lots', () => listener.lotsChanged())
    source.addEventListener('error', () => {
      source?.close()
      tries += 1
      listener.state('broken')
      timer = setTimeout(open, waitBefore(tries))
    })
  }

  listener.state('connecting')
  open()
  return () => {
    clearTimeout(timer)
    source?.close()
  }
}

interface PassageListener {
  passage(event: PassageEvent): void
  photo(event: PhotoEvent): void
  state(state: StreamState): void
}

/** Follows the console's stream, which an EventSource cannot ask for with a token: it sends no headers. */
export function followPassages(listener: PassageListener): () => void {
  const stop = new AbortController()
  let tries = 0

  async function read(): Promise<void> {
    const response = await send(new Request('/api/v1/stream', {
      headers: { Accept: 'text/event-stream' }, cache: 'no-store', signal: stop.signal,
    }))
    if (!response.ok || !response.body) throw refusal(response, await response.json().catch(() => null))
    tries = 0
    listener.state('live')
    for await (const { event, data } of eventsIn(response.body)) {
      if (event === 'passage') listener.passage(JSON.parse(data) as PassageEvent)
      else if (event === 'photo') listener.photo(JSON.parse(data) as PhotoEvent)
    }
  }

  async function follow(): Promise<void> {
    while (!stop.signal.aborted && isSignedIn.value) {
      try {
        await read()
      } catch (cause) {
        if (wasCancelled(cause)) return
      }
      if (stop.signal.aborted || !isSignedIn.value) return
      tries += 1
      listener.state('broken')
      await new Promise((resolve) => setTimeout(resolve, waitBefore(tries)))
    }
  }

  listener.state('connecting')
  void follow()
  return () => stop.abort()
}
