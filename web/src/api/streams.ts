import { refusal } from './client'
import { eventsIn } from './event-stream'
import { ApiProblem, wasCancelled } from './problem'
import { reservationStream, type Reservation } from './reservations'
import { send } from './send'
import { isSignedIn } from './session'
import type { PassageEvent, PhotoEvent, VacancyEvent } from './types'

/** `away`: the stream is there, and the platform's store is not: what is shown is as it was. */
export type StreamState = 'connecting' | 'live' | 'away' | 'broken'

const firstWait = 1_000
const longestWait = 30_000

/** How long to wait before the next try: doubling, with some chance so that not all pages come back at once. */
export function waitBefore(tries: number, chance = Math.random()): number {
  return Math.min(longestWait, firstWait * 2 ** Math.max(0, tries - 1)) * (0.75 + chance / 2)
}

/** So often a page asks whether the platform can reach its store. */
const readinessEvery = 10_000

/**
 * What a stream's state is, from whether it is connected and whether the platform's store can be reached: a stream over
 * which nothing can come is not live. `back` is called when the store is there again.
 */
export function streamState(tell: (state: StreamState) => void, back: () => void): { connected(state: StreamState): void; stop(): void } {
  let connected: StreamState = 'connecting'
  let ready = true
  const say = () => tell(connected === 'live' && !ready ? 'away' : connected)
  const timer = setInterval(() => {
    void fetch('/readyz', { cache: 'no-store' }).then(({ status }) => {
      const was = ready
      // Anything else is said by the stream itself, which breaks off.
      ready = status !== 503
      if (ready !== was) say()
      if (ready && !was) back()
    }, () => undefined)
  }, readinessEvery)
  return {
    connected(state) {
      connected = state
      say()
    },
    stop: () => clearInterval(timer),
  }
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
  const shown = streamState((state) => listener.state(state), () => listener.lotsChanged())

  function open(): void {
    source = new EventSource('/open/v1/stream')
    source.addEventListener('open', () => {
      // What was said while nobody listened is lost, so after a break everything is asked for anew.
      if (tries > 0) listener.lotsChanged()
      tries = 0
      shown.connected('live')
    })
    source.addEventListener('vacancy', (event) => listener.vacancy(JSON.parse(event.data) as VacancyEvent))
    source.addEventListener('lots', () => listener.lotsChanged())
    source.addEventListener('error', () => {
      source?.close()
      tries += 1
      shown.connected('broken')
      timer = setTimeout(open, waitBefore(tries))
    })
  }

  shown.connected('connecting')
  open()
  return () => {
    shown.stop()
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
  const shown = streamState(state, () => undefined)

  async function read(): Promise<void> {
    const response = await send(new Request(ask(), { signal: stop.signal }))
    if (!response.ok || !response.body) throw refusal(response, await response.json().catch(() => null))
    tries = 0
    shown.connected('live')
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
      shown.connected('broken')
      await new Promise((resolve) => setTimeout(resolve, waitBefore(tries)))
    }
  }

  shown.connected('connecting')
  void goOn()
  return () => {
    shown.stop()
    stop.abort()
  }
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
