// What a driver asks of one lot.
import { answerOf, client } from './client'
import type { components } from './schema'

export type Forecast = components['schemas']['Forecast']
export type ForecastItem = components['schemas']['ForecastItem']
export type LotDetails = components['schemas']['LotDetails']
export type OpenGate = components['schemas']['OpenGate']

export type LotHistory = components['schemas']['VacancyHistory']
export type FreeSpaces = components['schemas']['VacancyPoint']

export const fetchForecast = (code: string, minutes: readonly number[]): Promise<Forecast> =>
  answerOf(client.GET('/open/v1/lots/{code}/forecast', { params: { path: { code }, query: { minutes: minutes.join(',') } } }))

export const fetchLotDetails = (code: string): Promise<LotDetails> =>
  answerOf(client.GET('/open/v1/lots/{code}/details', { params: { path: { code } } }))

export const fetchHistory = (code: string, date: string): Promise<LotHistory> =>
  answerOf(client.GET('/open/v1/lots/{code}/history', { params: { path: { code }, query: { date } } }))

/** Codes of lots that take reservations, and of those with off-peak offers. */
export const fetchOffers = (): Promise<components['schemas']['PublicOffers']> => answerOf(client.GET('/open/v1/offers'))

/** Whether there was a space on arrival: anonymous, and counted alone. */
export const tellFound = (code: string, found: boolean): Promise<void> =>
  answerOf(client.POST('/open/v1/lots/{code}/taps', { params: { path: { code } }, body: { found } }))
