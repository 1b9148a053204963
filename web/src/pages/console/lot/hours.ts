import { dayBegins } from '../../../time/clock'

const anHourMs = 3_600_000

/** The full hours of a day of the city that have come, as moments: `2026-05-01T08:00:00+08:00`. */
export function hoursOf(date: string, now = Date.now()): string[] {
  const begins = dayBegins(date)
  if (!begins) return []
  return Array.from({ length: 24 }, (_, hour) => begins.replace('T00', `T${String(hour).padStart(2, '0')}`))
    .filter((_, hour) => Date.parse(begins) + hour * anHourMs <= now)
}
