import { ApiProblem, problemFrom, problemOf } from '../api/problem'
import { forgetToken, token } from '../api/token'
import type { DeadLetter, Listed, Passage, Status } from './types'

/** A gateway on the same desk answers in milliseconds; one that takes this long hangs. */
const timeoutMs = 8_000

async function send(path: string, sent?: { body: string }): Promise<Response> {
  const carried = token.value
  const headers: Record<string, string> = {}
  if (carried) headers.Authorization = `Bearer ${carried}`
  if (sent?.body) headers['Content-Type'] = 'application/json'
  let answer: Response
  try {
    answer = await fetch(path, {
      method: sent ? 'POST' : 'GET', headers, body: sent?.body || undefined, cache: 'no-store',
      signal: AbortSignal.timeout(timeoutMs),
    })
  } catch (cause) {
    throw problemOf(cause)
  }
  if (answer.ok) return answer
  const said: unknown = await answer.json().catch(() => null)
  // A token entered while this was on its way is not the one that was refused.
  if (answer.status === 401 && token.value === carried) forgetToken(carried !== null)
  throw problemFrom(answer.status, said)
}

async function read<Data>(path: string, sent?: { body: string }): Promise<Data> {
  const answer = await send(path, sent)
  try {
    return (await answer.json()) as Data
  } catch (cause) {
    throw cause instanceof SyntaxError ? new ApiProblem(answer.status, cause.message, '') : problemOf(cause)
  }
}

export const fetchStatus = (): Promise<Status> => read('/v1/status')

export const fetchPassages = (): Promise<Listed<Passage>> => read('/v1/passages?limit=30')

export const fetchLetters = (after?: string | number): Promise<Listed<DeadLetter>> =>
  read(`/v1/dead-letters?limit=50${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`)

/** Without a report the letter goes out as it is. */
export const retryLetter = (id: number, report?: unknown): Promise<{ retried: number; seq: number }> =>
  read(`/v1/dead-letters/${id}/retry`, { body: report === undefined ? '' : JSON.stringify(report) })

/** It is not sent again, and the gateway's log has why. */
export const closeLetter = (id: number, reason: string): Promise<{ closed: number }> =>
  read(`/v1/dead-letters/${id}/close`, { body: JSON.stringify({ reason }) })

/** A link could not carry the token. */
export const fetchLettersCsv = async (): Promise<Blob> => (await send('/v1/dead-letters?format=csv')).blob()
