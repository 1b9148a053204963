// The office's part of reservations. By hand until openapi.json describes it, as `reservations.ts`.
import { answerOf } from './client'
import { office } from './office'
import type { ReservableLot, ReservationReason, ReservationState, ReservationStep, SpaceKind } from './reservations'
import type { RuleVersion } from './rules'
import type { Page } from './types'

export type ReservationPermission = 'reservations.read' | 'reservations.handle'

export type NoShowState = 'suspected' | 'counted' | 'revoked' | 'dropped'

export interface ReservationsFilter {
  lot?: string
  state?: string
  plate?: string
  reason?: string
  provider?: string
  district?: string
  from?: string
  to?: string
}

export interface ReservationRow {
  code: string
  lot: string
  lot_name: string | null
  provider: string
  provider_name?: string | null
  district: string
  plate: string
  space: SpaceKind
  state: ReservationState
  reason: string | null
  enter_at: string
  until: string
  created_at: string
  confirmed_at: string | null
  entered_at: string | null
  left_at: string | null
  ended_at: string | null
  /** The stay by which it was redeemed. */
  record_id: string | null
  has_phone: boolean
  waits: boolean
  no_show: NoShowState | null
}

/** What a no-show rests on, and what it lacks. */
export interface NoShowProof {
  suspected_at: string
  looked_at: string | null
  counted_at: string | null
  revoked_at: string | null
  dropped_at: string | null
  lacks: { lack: string; zh: string; en: string }[]
  /** Of the window; of these those with a sign of life of the lot, and those in which the platform was away. */
  minutes: number
  heard: number
  away: number
  /** Entries; of these those without a plate, and those whose plate may be this one, misread. */
  passages: number
  unread: number
  alike: number
  /** Records that the lot declared and has not sent. */
  lacking: number
  settled: boolean
  came_late_at: string | null
}

export interface OfficeAppeal {
  code: string
  at: string
  text: string
  state: 'open' | 'sustained' | 'rejected'
  decided_at: string | null
  decided_by: string | null
  reason: string | null
}

export const reservationActions = ['cancel', 'decide-appeal', 'end-suspension'] as const
export type ReservationAction = (typeof reservationActions)[number]

export interface OfficeReservation extends ReservationRow {
  version: number
  place: number | null
  /** What the lot is still to be told. */
  call: { what: 'reserve' | 'change' | 'cancel'; since: string; attempt: number; next_at: string; is_out: boolean } | null
  steps: ReservationStep[]
  proof: NoShowProof | null
  suspended_until: string | null
  appeal: OfficeAppeal | null
  /** What may be done with it now, by whoever asks. */
  legal: ReservationAction[]
}

export interface ReservationAct {
  action: ReservationAction
  reason: string
  sustained?: boolean
}

/** One kind of space of one lot. */
export interface Queue {
  lot: string
  lot_name: string
  space: SpaceKind
  reservable: number
  unused: number | null
  unused_as_of: string | null
  held: number
  confirmed: number
  entered: number
  free: number
  waiting: number
  waiting_since: string | null
}

export interface AnsweringLot {
  lot: string
  lot_name: string
  provider: string
  district: string
  reservable: boolean
  why: ReservableLot['why']
  spaces: Partial<Record<SpaceKind, number>>
  way: 'called' | 'asks'
  asked_at: string | null
  granted_by_office: Partial<Record<SpaceKind, number>>
  stopped: string | null
  calls: number
  taken: number
  no_space: number
  refused: number
  silent: number
  p50_s: number | null
  p95_s: number | null
  breaker_until: string | null
}

export interface LotTerms {
  granted: Partial<Record<SpaceKind, number>>
  stopped: boolean
  reason: string
}

export const suspensionStates = ['suspended', 'appealed'] as const
export type SuspensionState = (typeof suspensionStates)[number]

export interface Suspension {
  plate: string
  since: string | null
  until: string | null
  orders: string[]
  late_cancels: number
  appeals: OfficeAppeal[]
}

export interface ReservationPolicy {
  version: number
  by: string | null
  at: string | null
  note: string
  toml: string
  settings: Record<string, unknown>
}

interface Paging {
  limit?: number
  cursor?: string
}

const path = '/api/v1/reservations'

/** Of what the platform says in both languages, that of the page. */
export type Said = Pick<ReservationReason, 'zh' | 'en'>

export const fetchReservations = (query: ReservationsFilter & Paging): Promise<Page<ReservationRow>> =>
  answerOf(office.GET<Page<ReservationRow>>(path, { params: { query } }))

export const fetchOfficeReservation = (code: string): Promise<OfficeReservation> =>
  answerOf(office.GET<OfficeReservation>(`${path}/{code}`, { params: { path: { code } } }))

export const handleReservation = (code: string, body: ReservationAct): Promise<OfficeReservation> =>
  answerOf(office.POST<OfficeReservation>(`${path}/{code}/actions`, { params: { path: { code } }, body }))

export const fetchQueues = (query: { lot?: string } & Paging): Promise<Page<Queue>> =>
  answerOf(office.GET<Page<Queue>>(`${path}/queues`, { params: { query } }))

export const fetchAnsweringLots = (query: { lot?: string } & Paging): Promise<Page<AnsweringLot>> =>
  answerOf(office.GET<Page<AnsweringLot>>(`${path}/lots`, { params: { query } }))

export const setLotTerms = (code: string, body: LotTerms): Promise<AnsweringLot> =>
  answerOf(office.POST<AnsweringLot>(`${path}/lots/{code}`, { params: { path: { code } }, body }))

export const fetchSuspensions = (query: { state?: SuspensionState } & Paging): Promise<Page<Suspension>> =>
  answerOf(office.GET<Page<Suspension>>(`${path}/suspensions`, { params: { query } }))

export const fetchPolicy = (): Promise<ReservationPolicy> => answerOf(office.GET<ReservationPolicy>(`${path}/policy`))

export const fetchPolicyVersions = (): Promise<Page<RuleVersion>> => answerOf(office.GET<Page<RuleVersion>>(`${path}/policy/versions`))

export const applyPolicy = (body: { toml: string; note: string; based_on: number }): Promise<RuleVersion> =>
  answerOf(office.POST<RuleVersion>(`${path}/policy`, { body }))
