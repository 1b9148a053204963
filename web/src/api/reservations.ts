// A driver's reservation, by its private link. By hand until openapi.json describes it: then the types come from the document,
// and `client` takes the place of `office`.
import { answerOf } from './client'
import { office } from './office'

export const spaceKinds = ['ordinary', 'charging', 'accessible'] as const
export type SpaceKind = (typeof spaceKinds)[number]

export const reservationStates = [
  'held', 'requested', 'unknown', 'confirmed', 'waiting', 'offered', 'entered', 'left', 'no-show', 'cancelled', 'expired', 'refused',
] as const
export type ReservationState = (typeof reservationStates)[number]

/** The city's rules, as far as a driver goes by them. */
export interface DriverRules {
  ahead_minutes: number
  charging_ahead_minutes: number
  early_minutes: number
  keep_minutes: number
  per_day: number
  free_cancel_minutes: number
  late_cancels_per_day: number
  late_cancels_per_month: number
  no_shows: number
  waitlist_closes_minutes: number
}

export interface ReservableLot {
  code: string
  name: string
  reservable: boolean
  why: 'not-offered' | 'closed' | 'stopped' | 'not-reachable' | null
  spaces: SpaceKind[]
  rules: DriverRules
}

export interface NewReservation {
  lot: string
  plate: string
  space: SpaceKind
  enter_at: string
  phone?: string
  wait: boolean
}

export interface ReservationCreated {
  code: string
  state: ReservationState
  token: string
  place: number | null
}

export interface ReservationChange {
  enter_at?: string
  space?: SpaceKind
  version: number
}

export interface ReservationReason {
  reason: string
  zh: string
  en: string
}

export interface ReservationStep extends ReservationReason {
  at: string
  state: ReservationState
}

/** What a no-show that counts rests on. */
export interface NoShow {
  counted_at: string
  /** Of the window, and of these those in which the lot was heard. */
  minutes: number
  heard: number
  /** Cars that came in it, none of them this one. */
  passages: number
  /** Whether the lot had settled that day's records. */
  settled: boolean
  revoked_at: string | null
}

export const appealStates = ['open', 'sustained', 'rejected'] as const

export interface Appeal {
  at: string
  text: string
  state: (typeof appealStates)[number]
  decided_at: string | null
  reason: string | null
}

/** As its own page shows it: plate and phone masked. */
export interface Reservation {
  code: string
  lot: string
  lot_name: string | null
  plate: string
  phone: string | null
  space: SpaceKind
  enter_at: string
  from: string
  until: string
  state: ReservationState
  reason: ReservationReason | null
  version: number
  /** From 1, of one that waits. */
  place: number | null
  estimate_minutes: number | null
  queue_closes_at: string | null
  changing: boolean
  can_change: boolean
  can_cancel: boolean
  free_cancel_until: string
  entered_at: string | null
  left_at: string | null
  created_at: string
  link_ends_at: string
  steps: ReservationStep[]
  no_show: NoShow | null
  suspended_until: string | null
  appeal: Appeal | null
  can_appeal: boolean
}

/** Of what the stream told and what was read, the later: an answer that was long on its way does not take its place. */
export const laterOf = <Told extends Pick<Reservation, 'version'>>(shown: Told | undefined, now: Told): Told => shown && shown.version > now.version ? shown : now

/** Characters of an appeal. */
export const appealMax = 1000

export const fetchReservableLot = (code: string): Promise<ReservableLot> =>
  answerOf(office.GET<ReservableLot>('/open/v1/reservations/lots/{code}', { params: { path: { code } } }))

export const reserve = (body: NewReservation): Promise<ReservationCreated> =>
  answerOf(office.POST<ReservationCreated>('/open/v1/reservations', { body }))

const own = '/open/v1/reservations/current'
const by = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } })

export const fetchReservation = (token: string): Promise<Reservation> => answerOf(office.GET<Reservation>(own, by(token)))

/** What changed since `version` is answered with 409. */
export const changeReservation = (token: string, body: ReservationChange): Promise<Reservation> =>
  answerOf(office.PATCH<Reservation>(own, { ...by(token), body }))

/** As it is, whatever has changed: who wants it cancelled wants it cancelled. */
export const cancelReservation = (token: string): Promise<Reservation> => answerOf(office.DELETE<Reservation>(own, by(token)))

export const appealReservation = (token: string, text: string): Promise<Reservation> =>
  answerOf(office.POST<Reservation>(`${own}/appeal`, { ...by(token), body: { text } }))

export const reservationStream = (token: string): Request =>
  new Request(`${own}/stream`, { headers: { ...by(token).headers, Accept: 'text/event-stream' }, cache: 'no-store' })
