// Reservations by hand, until openapi.json describes them: the driver's side by a private link, and the office's. Then the
// types come from the document, and `client` takes the place of `office`.
import { answerOf } from './client'
import { office } from './office'
import type { RuleVersion } from './rules'
import type { Page } from './types'

export type ReservationPermission = 'reservations.read' | 'reservations.handle'

export const spaceKinds = ['ordinary', 'charging', 'accessible'] as const
export type SpaceKind = (typeof spaceKinds)[number]

export const reservationStates = [
  'held', 'requested', 'unknown', 'confirmed', 'waiting', 'offered', 'entered', 'left', 'no-show', 'cancelled', 'expired', 'refused',
] as const
export type ReservationState = (typeof reservationStates)[number]

// The driver's

/** The city's rules, as far as a driver goes by them. */
export interface DriverRules {
  ahead_minutes: number
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
  /** `not-offered`, `closed`, `not-online`, `not-called`. */
  why: string | null
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

/** What a no-show rests on. */
export interface NoShow {
  counted_at: string
  /** Of the window, and of these those in which the lot was heard. */
  minutes: number
  heard: number
  passages: number
  settled_at: string | null
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

export const cancelReservation = (token: string): Promise<unknown> => answerOf(office.DELETE(own, by(token)))

export const appealReservation = (token: string, text: string): Promise<unknown> =>
  answerOf(office.POST(`${own}/appeal`, { ...by(token), body: { text } }))

export const reservationStream = (token: string): Request =>
  new Request(`${own}/stream`, { headers: { ...by(token).headers, Accept: 'text/event-stream' }, cache: 'no-store' })

// The office's

export interface ReservationsFilter {
  lot?: string
  state?: string
  plate?: string
  from?: string
  to?: string
}

export interface OfficeReservation {
  code: string
  lot: string
  lot_name: string | null
  plate: string
  space: SpaceKind
  enter_at: string
  from: string
  until: string
  state: ReservationState
  reason: ReservationReason | null
  version: number
  place: number | null
  created_at: string
  entered_at: string | null
  left_at: string | null
  /** What the lot is still to be told. */
  call: { what: 'reserve' | 'change' | 'cancel'; attempt: number; since: string } | null
  /** The stay by which it was redeemed. */
  record_id: string | null
  appeal: Appeal['state'] | null
}

export interface WholeReservation extends OfficeReservation {
  phone: string | null
  steps: ReservationStep[]
  no_show: NoShow | null
  suspended_until: string | null
  appeal_text: Appeal | null
}

export type ReservationAct =
  { action: 'cancel'; reason: string } | { action: 'decide-appeal'; sustained: boolean; reason: string } | { action: 'end-suspension'; reason: string }

export interface QueueOfLot {
  lot: string
  lot_name: string | null
  space: SpaceKind
  reservable: number
  unused: number | null
  as_of: string | null
  holding: number
  waiting: number
  next_enter_at: string | null
}

export interface LotAnswers {
  lot: string
  lot_name: string | null
  /** How the lot is told: by its callback, or when its gateway asks; null where it cannot be. */
  way: 'callback' | 'gateway' | null
  calls: number
  p50_ms: number | null
  p95_ms: number | null
  no_space: number
  refused: number
  silent: number
  breaker: 'closed' | 'open' | 'half-open'
  retry_at: string | null
  last_answer_at: string | null
}

export interface Suspension {
  plate: string
  from: string
  until: string
  /** The code of an order by which it is acted on. */
  code: string
  no_shows: string[]
  late_cancels: number
  appeal: Appeal['state'] | null
}

export interface ReservationPolicy {
  version: number
  by?: string | null
  at?: string | null
  note: string
  toml: string
  settings: Record<string, unknown>
}

interface Paging {
  limit?: number
  cursor?: string
}

const path = '/api/v1/reservations'

export const fetchReservations = (query: ReservationsFilter & Paging): Promise<Page<OfficeReservation>> =>
  answerOf(office.GET<Page<OfficeReservation>>(path, { params: { query } }))

export const fetchOfficeReservation = (code: string): Promise<WholeReservation> =>
  answerOf(office.GET<WholeReservation>(`${path}/{code}`, { params: { path: { code } } }))

export const actOnReservation = (code: string, body: ReservationAct): Promise<WholeReservation> =>
  answerOf(office.POST<WholeReservation>(`${path}/{code}/actions`, { params: { path: { code } }, body }))

export const fetchQueues = (query: { lot?: string } & Paging): Promise<Page<QueueOfLot>> =>
  answerOf(office.GET<Page<QueueOfLot>>(`${path}/queues`, { params: { query } }))

export const fetchLotAnswers = (query: { lot?: string } & Paging): Promise<Page<LotAnswers>> =>
  answerOf(office.GET<Page<LotAnswers>>(`${path}/lots`, { params: { query } }))

export const fetchSuspensions = (query: Paging): Promise<Page<Suspension>> =>
  answerOf(office.GET<Page<Suspension>>(`${path}/suspensions`, { params: { query } }))

export const fetchPolicy = (): Promise<ReservationPolicy> => answerOf(office.GET<ReservationPolicy>(`${path}/policy`))

export const fetchPolicyVersions = (): Promise<Page<RuleVersion>> => answerOf(office.GET<Page<RuleVersion>>(`${path}/policy/versions`))

export const applyPolicy = (body: { toml: string; note: string; based_on: number }): Promise<RuleVersion> =>
  answerOf(office.POST<RuleVersion>(`${path}/policy`, { body }))
