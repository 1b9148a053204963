// What a driver asks of one lot. History and taps are by hand until openapi.json describes them: then their types come from it.
import { answerOf, client } from './client'
import { office } from './office'
import type { components } from './schema'

export type Forecast = components['schemas']['Forecast']
export type ForecastItem = components['schemas']['ForecastItem']
export type LotDetails = components['schemas']['LotDetails']
export type OpenGate = components['schemas']['OpenGate']

export interface FreeSpaces {
  at: string
  vacant: number
}

export interface LotHistory {
  date: string
  lot: string
  spaces_total: number
  items: FreeSpaces[]
  /** Of the same kind of day; empty where it is not learnt yet. */
  usual: FreeSpaces[]
}

export const fetchForecast = (code: string, minutes: readonly number[]): Promise<Forecast> =>
  answerOf(client.GET('/open/v1/lots/{code}/forecast', { params: { path: { code }, query: { minutes: minutes.join(',') } } }))

export const fetchLotDetails = (code: string): Promise<LotDetails> =>
  answerOf(client.GET('/open/v1/lots/{code}/details', { params: { path: { code } } }))

export const fetchHistory = (code: string, date: string): Promise<LotHistory> =>
  answerOf(office.GET<LotHistory>('/open/v1/lots/{code}/history', { params: { path: { code }, query: { date } } }))

/** Whether there was a space on arrival: anonymous, and counted alone. */
export const tellFound = (code: string, found: boolean): Promise<void> =>
  answerOf(office.POST<void>('/open/v1/lots/{code}/taps', { params: { path: { code } }, body: { found } }))
