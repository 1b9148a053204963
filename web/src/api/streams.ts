import { refusal } from './client'
import { eventsIn } from './event-stream'
import { ApiProblem, wasCancelled } from './problem'
import { reservationStream, type Reservation } from './reservations'
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

/**
 * Reads a stream that an EventSource cannot ask for: it sends no headers. Once `mayGoOn` says so no more, or the returned
 * function is called, it ends; until then a broken one is opened anew.
 */
function follow(
  ask: () => Request, hear: (event: string | undefined, data: string) => void, state: (state: StreamState) => void, mayGoOn: (broke: unknown) => boolean,
): () => void {
  const stop = new AbortController()
  let tries = 0

  async function read(): Promise<void> {
    const response = await send(new Request(ask(), { signal: stop.signal }))
    if (!response.ok || !response.body) throw refusal(response, await response.json().catch(() => null))
    tries = 0
    state('live')
    for await (const { event, data } of eventsIn(response.body)) hear(event, data)
  }

  async function goOn(): Promise<void> {
    while (!stop.signal.aborted && mayGoOn(null)) {
      let broke: unknown = null
      try {
        await read()
      } catch (cause) {
        if (wasCancelled(cause)) return
        broke = cause
      }
      if (stop.signal.aborted || !mayGoOn(broke)) return
      tries += 1
      state('broken')
      await new Promise((resolve) => setTimeout(resolve, waitBefore(tries)))
    }
  }

  state('connecting')
  void goOn()
  return () => stop.abort()
}

interface PassageListener {
  passage(event: PassageEvent): void
  photo(event: PhotoEvent): void
  state(state: StreamState): void
}

/** Follows the console's stream. */
export const followPassages = (listener: PassageListener): () => void => follow(
  () => new Request('/api/v1/stream', { headers: { Accept: 'text/event-stream' }, cache: 'no-store' }),
  (event, data) => {
    if (event === 'passage') listener.passage(JSON.parse(data) as PassageEvent)
    else if (event === 'photo') listener.photo(JSON.parse(data) as PhotoEvent)
  },
  (state) => listener.state(state),
  () => isSignedIn.value,
)

interface ReservationListener {
  /** As it is now; null where only that it changed was told. */
  reservation(now: Reservation | null): void
  state(state: StreamState): void
}

/** Follows one reservation by its link; a link that is good no more is not tried again. */
export const followReservation = (token: string, listener: ReservationListener): () => void => follow(
  () => reservationStream(token),
  (_, data) => {
    const told = JSON.parse(data || 'null') as Partial<Reservation> | null
    listener.reservation(told?.state && told.steps ? told as Reservation : null)
  },
  (state) => listener.state(state),
  (broke) => !(broke instanceof ApiProblem && [401, 403, 404].includes(broke.status)),
)
