import { dayAfter, isDay } from '../../../time/clock'

export const periodKinds = ['day', 'week', 'month'] as const
export type PeriodKind = (typeof periodKinds)[number]

/** The kind of a period by how it is written: `2026-04-01`, `2026-W14`, `2026-04`. */
export function kindOf(period: string): PeriodKind | null {
  if (isDay(period)) return 'day'
  const [, week] = /^\d{4}-W(\d\d)$/.exec(period) ?? []
  if (week) return Number(week) >= 1 && Number(week) <= weeksIn(period.slice(0, 4)) ? 'week' : null
  return /^\d{4}-(0[1-9]|1[0-2])$/.test(period) ? 'month' : null
}

const weekday = (day: string): number => (new Date(day).getUTCDay() + 6) % 7

/** ISO 8601: a week belongs to the year that its Thursday is in. */
export function weekOf(day: string): string {
  const thursday = dayAfter(day, 3 - weekday(day))
  const first = `${thursday.slice(0, 4)}-01-01`
  const days = Math.round((Date.parse(thursday) - Date.parse(first)) / 86_400_000)
  return `${thursday.slice(0, 4)}-W${String(Math.floor(days / 7) + 1).padStart(2, '0')}`
}

const weeksIn = (year: string): number => Number(weekOf(`${year}-12-28`).slice(-2))

/** The period of a kind that a day is in. */
export function periodAt(kind: PeriodKind, day: string): string {
  if (kind === 'week') return weekOf(day)
  return kind === 'month' ? day.slice(0, 7) : day
}

/** Its first day. */
export function firstDay(period: string): string {
  const kind = kindOf(period)
  if (kind === 'month') return `${period}-01`
  if (kind !== 'week') return period
  const [year = '', week = ''] = period.split('-W')
  const fourth = `${year}-01-04`
  return dayAfter(fourth, (Number(week) - 1) * 7 - weekday(fourth))
}

/** So many periods after it; before it where they are less than none. */
export function periodAfter(period: string, n: number): string {
  const kind = kindOf(period)
  if (kind === 'month') {
    const months = Number(period.slice(0, 4)) * 12 + Number(period.slice(5)) - 1 + n
    return `${String(Math.floor(months / 12)).padStart(4, '0')}-${String((months % 12) + 1).padStart(2, '0')}`
  }
  return kind ? periodAt(kind, dayAfter(firstDay(period), kind === 'week' ? n * 7 : n)) : period
}

/** The last that is over, by the day that it is asked on. */
export const lastPeriod = (kind: PeriodKind, day: string): string => periodAfter(periodAt(kind, day), -1)
