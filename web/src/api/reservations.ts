// A driver's reservation, by its private link.
import { answerOf, client } from './client'
import { reservationStateValues, spaceKindValues, type components } from './schema'

type Schemas = components['schemas']
export type SpaceKind = Schemas['SpaceKind']
export const spaceKinds: readonly SpaceKind[] = spaceKindValues
export type ReservationState = Schemas['ReservationState']
export const reservationStates: readonly ReservationState[] = reservationStateValues
export type ReservableLot = Schemas['ReservableLot']
export type DriverRules = ReservableLot['rules']
export type NewReservation = Schemas['NewReservation']
export type ReservationCreated = Schemas['ReservationCreated']
export type ReservationChange = Schemas['ReservationChange']
export type ReservationReason = Schemas['ReservationReason']
export type ReservationStep = Schemas['ReservationStep']
export type NoShow = Schemas['NoShowItem']
export type Appeal = Schemas['AppealItem']
/** As its own page shows it: plate and phone masked. */
export type Reservation = Schemas['ReservationItem']

/** Of what the stream told and what was read, the later: an answer that was long on its way does not take its place. */
export const laterOf = <Told extends Pick<Reservation, 'version'>>(shown: Told | undefined, now: Told): Told => shown && shown.version > now.version ? shown : now

/** Characters of an appeal. */
export const appealMax = 1000

export const fetchReservableLot = (code: string): Promise<ReservableLot> =>
  answerOf(client.GET('/open/v1/reservations/lots/{code}', { params: { path: { code } } }))

export const reserve = (body: NewReservation): Promise<ReservationCreated> =>
  answerOf(client.POST('/open/v1/reservations', { body }))

const own = '/open/v1/reservations/current'
const by = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } })

export const fetchReservation = (token: string): Promise<Reservation> => answerOf(client.GET(own, by(token)))

/** What changed since `version` is answered with 409. */
export const changeReservation = (token: string, body: ReservationChange): Promise<Reservation> =>
  answerOf(client.PATCH(own, { ...by(token), body }))

/** As it is, whatever has changed: who wants it cancelled wants it cancelled. */
export const cancelReservation = (token: string): Promise<Reservation> => answerOf(client.DELETE(own, by(token)))

export const appealReservation = (token: string, text: string): Promise<Reservation> =>
  answerOf(client.POST(`${own}/appeal`, { ...by(token), body: { text } }))

export const reservationStream = (token: string): Request =>
  new Request(`${own}/stream`, { headers: { ...by(token).headers, Accept: 'text/event-stream' }, cache: 'no-store' })
