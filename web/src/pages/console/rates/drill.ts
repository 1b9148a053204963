import {
  rateGroups, rateNames, rateParts, ratePeriods, type Rate, type RateGroup, type RateName, type RatePart, type RatePeriod, type RateRow, type SevenRates,
} from '../../../api/supervision'
import { dayAfter, isDay } from '../../../time/clock'

/** A number of the page: which rate, of whom, when, and which of its records. */
export interface Drill {
  rate: RateName
  part: RatePart
  group: RateGroup
  code: string
  by: RatePeriod
  period: string
  /** As known when the days were closed, and not as known now. */
  atClose: boolean
}

export const isMonth = (value: unknown): value is string => typeof value === 'string' && /^\d{4}-(0[1-9]|1[0-2])$/.test(value)

/** What stands after the part of a number as known at close. */
const AT_CLOSE = '@close'

/** As one value of the address; a code may hold colons, so it is the last. */
export const drillWords = ({ rate, part, group, by, period, code, atClose }: Drill): string =>
  [rate, atClose ? `${part}${AT_CLOSE}` : part, group, by, period, code].join(':')

export function drillOf(value: unknown): Drill | null {
  if (typeof value !== 'string') return null
  const [rate, partWords = '', group, by, period = '', ...code] = value.split(':')
  const atClose = partWords.endsWith(AT_CLOSE)
  const part = atClose ? partWords.slice(0, -AT_CLOSE.length) : partWords
  const drill = {
    rate: rateNames.find((each) => each === rate), part: rateParts.find((each) => each === part), group: rateGroups.find((each) => each === group),
    by: ratePeriods.find((each) => each === by), period, code: code.join(':'), atClose,
  }
  if (!drill.rate || !drill.part || !drill.group || !drill.by || !drill.code) return null
  return (drill.by === 'day' ? isDay(period) : isMonth(period)) ? drill as Drill : null
}

/** The first and the last day of a period. */
export function daysOf(by: RatePeriod, period: string): { from: string; to: string } {
  if (by === 'day') return { from: period, to: period }
  const [year = 0, month = 1] = period.split('-').map(Number)
  const next = `${month === 12 ? year + 1 : year}-${String(month === 12 ? 1 : month + 1).padStart(2, '0')}-01`
  return { from: `${period}-01`, to: dayAfter(next, -1) }
}

/** The month so many before one. */
export function monthBefore(month: string, months: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number)
  const since = year * 12 + number - 1 - months
  return `${Math.floor(since / 12)}-${String((since % 12) + 1).padStart(2, '0')}`
}

export const lacking = ({ num, den }: Rate): number => Math.max(0, den - num)

export const subjectOf = (row: RateRow, group: RateGroup): string => row[group] ?? ''

export type RankBy = RateName | 'score'
export type RankOrder = 'worst' | 'best'

/** What is not scored has no rank: it stands after all that is, whichever way. */
export function ranked(rows: readonly RateRow[], by: RankBy, order: RankOrder): { row: RateRow; rank: number | null }[] {
  const value = (row: SevenRates): number | null => by === 'score' ? row.score : row[by].rate
  const sign = order === 'worst' ? 1 : -1
  const scored = rows.flatMap((row) => {
    const of = value(row)
    return of === null ? [] : [{ row, of }]
  }).sort((a, b) => sign * (a.of - b.of))
  // Equal ones share a rank.
  return [
    ...scored.map(({ row, of }) => ({ row, rank: scored.findIndex((other) => other.of === of) + 1 })),
    ...rows.filter((row) => value(row) === null).map((row) => ({ row, rank: null })),
  ]
}

const alike = (a: Rate, b: Rate): boolean => a.num === b.num && a.den === b.den

/** The figure of the day's close, where it is another than now. */
export function closedAs(row: RateRow, name: RateName): Rate | null {
  const then = row.at_close?.[name]
  return then && !alike(then, row[name]) ? then : null
}
