// The office's part of reservations.
import { answerOf, client } from './client'
import type { ReservationReason } from './reservations'
import type { RuleVersion } from './rules'
import { reservationActionValues, type components, type paths } from './schema'
import type { Page } from './types'

type Schemas = components['schemas']
type Query<Path extends '/api/v1/reservations' | `/api/v1/reservations/${'queues' | 'lots' | 'suspensions'}`> = paths[Path]['get']['parameters']['query']

export type ReservationsFilter = Omit<NonNullable<Query<'/api/v1/reservations'>>, 'limit' | 'cursor'>
export type ReservationRow = Schemas['ReservationRow']
/** What a no-show rests on, and what it lacks. */
export type NoShowProof = Schemas['NoShowProof']
export type OfficeAppeal = Schemas['OfficeAppeal']
export type ReservationAction = Schemas['ReservationAction']
export const reservationActions: readonly ReservationAction[] = reservationActionValues
export type OfficeReservation = Schemas['ReservationPage']
export type ReservationAct = Schemas['ReservationAct']
/** One kind of space of one lot. */
export type Queue = Schemas['QueueItem']
export type AnsweringLot = Schemas['AnsweringLot']
export type LotTerms = Schemas['LotTermsChange']
export const suspensionStates = ['suspended', 'appealed'] as const
export type SuspensionState = (typeof suspensionStates)[number]
export type Suspension = Schemas['SuspensionItem']
export type ReservationPolicy = Schemas['PolicyPage']

/** Of what the platform says in both languages, that of the page. */
export type Said = Pick<ReservationReason, 'zh' | 'en'>

export const fetchReservations = (query: Query<'/api/v1/reservations'>): Promise<Page<ReservationRow>> =>
  answerOf(client.GET('/api/v1/reservations', { params: { query } }))

export const fetchOfficeReservation = (code: string): Promise<OfficeReservation> =>
  answerOf(client.GET('/api/v1/reservations/{code}', { params: { path: { code } } }))

export const handleReservation = (code: string, body: ReservationAct): Promise<OfficeReservation> =>
  answerOf(client.POST('/api/v1/reservations/{code}/actions', { params: { path: { code } }, body }))

export const fetchQueues = (query: Query<'/api/v1/reservations/queues'>): Promise<Page<Queue>> =>
  answerOf(client.GET('/api/v1/reservations/queues', { params: { query } }))

export const fetchAnsweringLots = (query: Query<'/api/v1/reservations/lots'>): Promise<Page<AnsweringLot>> =>
  answerOf(client.GET('/api/v1/reservations/lots', { params: { query } }))

export const setLotTerms = (code: string, body: LotTerms): Promise<AnsweringLot> =>
  answerOf(client.POST('/api/v1/reservations/lots/{code}', { params: { path: { code } }, body }))

export const fetchSuspensions = (query: Query<'/api/v1/reservations/suspensions'>): Promise<Page<Suspension>> =>
  answerOf(client.GET('/api/v1/reservations/suspensions', { params: { query } }))

export const fetchPolicy = (): Promise<ReservationPolicy> => answerOf(client.GET('/api/v1/reservations/policy'))

export const fetchPolicyVersions = (): Promise<Page<RuleVersion>> => answerOf(client.GET('/api/v1/reservations/policy/versions'))

export const applyPolicy = (body: { toml: string; note: string; based_on: number }): Promise<RuleVersion> =>
  answerOf(client.POST('/api/v1/reservations/policy', { body }))
