import createClient from 'openapi-fetch'

import { ApiProblem, problemFrom, problemOf, wasCancelled } from './problem'
import type { paths } from './schema'
import { send } from './send'
import { followRefusal } from './session'
import type {
  Availability, ConsoleLot, ConsoleStats, Count, Finding, FindingsQuery, LotFeature, Page, PublicStats, Report, ReportsQuery, Session,
  SessionsQuery, Settings,
} from './types'

// Several words of one parameter are split at commas: the platform takes each name once.
export const client = createClient<paths>({
  baseUrl: '/', querySerializer: { array: { style: 'form', explode: false } }, fetch: send,
})

interface Answer<Data> {
  data?: Data
  error?: unknown
  response: Response
}

export async function answerOf<Data>(request: Promise<Answer<Data>>): Promise<Data> {
  let answer: Answer<Data>
  try {
    answer = await request
  } catch (cause) {
    if (wasCancelled(cause)) throw cause
    throw problemOf(cause)
  }
  if (answer.response.ok && (answer.data !== undefined || answer.response.status === noContent)) return answer.data as Data
  throw refusal(answer.response, answer.error)
}

const noContent = 204

export function refusal({ status, headers, url }: Response, body: unknown): ApiProblem {
  const problem = problemFrom(status, body, headers.get('Retry-After'))
  // What needs no account says nothing of who is signed in: a link's secret may be wrong all the same.
  if (!url.includes('/open/v1/')) followRefusal(problem)
  return problem
}

export const fetchSettings = (): Promise<Settings> => answerOf(client.GET('/open/v1/settings'))

export const fetchPublicStats = (): Promise<PublicStats> => answerOf(client.GET('/open/v1/stats'))

export const fetchAvailability = (): Promise<Availability> => answerOf(client.GET('/open/v1/availability'))

/** All of them: the platform cuts a long list into pages. */
export async function fetchPublicLots(): Promise<LotFeature[]> {
  const lots: LotFeature[] = []
  let cursor: string | null | undefined
  do {
    const query = cursor ? { cursor } : {}
    const page = await answerOf(client.GET('/open/v1/lots', { params: { query } }))
    for (const lot of page.features) lots.push(lot)
    cursor = page.next
  } while (cursor)
  return lots
}

export const fetchPublicLot = (code: string): Promise<LotFeature> =>
  answerOf(client.GET('/open/v1/lots/{code}', { params: { path: { code } } }))

export const fetchStats = (): Promise<ConsoleStats> => answerOf(client.GET('/api/v1/stats'))

export const fetchLot = (code: string): Promise<ConsoleLot> =>
  answerOf(client.GET('/api/v1/lots/{code}', { params: { path: { code } } }))

export async function fetchCounts(code: string, from: Date, to: Date): Promise<Count[]> {
  const query = { from: from.toISOString(), to: to.toISOString() }
  const series = client.GET('/api/v1/lots/{code}/counts', { params: { path: { code }, query } })
  return (await answerOf(series)).items
}

export const fetchSessions = (code: string, query: SessionsQuery): Promise<Page<Session>> =>
  answerOf(client.GET('/api/v1/lots/{code}/sessions', { params: { path: { code }, query } }))

export const fetchFindings = (query: FindingsQuery): Promise<Page<Finding>> =>
  answerOf(client.GET('/api/v1/findings', { params: { query } }))

export const fetchReports = (query: ReportsQuery): Promise<Page<Report>> =>
  answerOf(client.GET('/api/v1/reports', { params: { query } }))

/** A picture is behind the token, so an <img> cannot ask for it by address. People are given a link instead. */
export const fetchPhoto = (id: string, signal?: AbortSignal): Promise<Blob> =>
  answerOf<unknown>(
    client.GET('/api/v1/photos/{id}', { params: { path: { id } }, parseAs: 'blob', signal }),
  ).then((bytes) => bytes as Blob)
