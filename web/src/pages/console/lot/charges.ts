import type { Charge } from '../../../api/office'

/** The charges that lie in a day, wholly or in part. */
export const ofDay = (charges: readonly Charge[], from: string, to: string): Charge[] =>
  charges.filter(({ started_at, ended_at }) => Date.parse(ended_at) >= Date.parse(from) && Date.parse(started_at) < Date.parse(to))

/** Whether a list that begins with the newest has come to what ended before the day. */
export function lastBefore(charges: readonly Charge[], from: string): boolean {
  const last = charges.at(-1)
  return last !== undefined && Date.parse(last.ended_at) < Date.parse(from)
}
