import { rateNames } from '../../../api/supervision'
import type { Figures, StatisticsGroup, StatisticsRow } from '../../../api/statistics'
import { figure, locale } from '../../../i18n'
import { t } from '../../../i18n/reports'
import { districtName } from '../../../parking/districts'
import { stay } from '../../../time/clock'
import { percent } from '../rates/figures'
import { changeOf, percentOf, type Change } from './change'

/** How a figure is written, and how its change: in per cent of what it was, in points, or in minutes. */
type Kind = 'count' | 'decimal' | 'rate' | 'score' | 'minutes'

const plain = {
  lots: 'count', spaces: 'count', entries: 'count', exits: 'count', turnover: 'decimal', dwell_p50_minutes: 'minutes', dwell_p95_minutes: 'minutes',
  score: 'score', charges: 'count', energy_kwh: 'decimal', charging_fees: 'decimal',
} as const satisfies Partial<Record<keyof Figures, Kind>>

export type PlainFigure = keyof typeof plain
export const plainFigures = Object.keys(plain) as PlainFigure[]

export interface Shown {
  words: string
  change: Change | null
  /** What changed in words, without its sign. */
  by: string
}

const decimal = (number: number, digits = 2): string => new Intl.NumberFormat(locale.value, { maximumFractionDigits: digits }).format(number)

function words(kind: Kind, value: number): string {
  switch (kind) {
    case 'count': return figure(value)
    case 'decimal': return decimal(value)
    case 'rate': return percent(value)
    case 'score': return decimal(value, 1)
    case 'minutes': return stay(value)
  }
}

function changeWords(kind: Kind, change: Change, before: number): string {
  if (kind === 'rate') return t('report.points', { n: decimal(change.by * 100, 1) })
  if (kind === 'score') return decimal(change.by, 1)
  if (kind === 'minutes') return stay(change.by)
  const share = percentOf(change, before)
  return share === null ? words(kind, change.by) : `${decimal(share * 100, 1)}%`
}

/** Whether a change is seen in its words: they have one decimal, those of times none. */
function isSeen(kind: Kind, change: Change, before: number): boolean {
  const share = kind === 'rate' ? change.by : percentOf(change, before)
  return kind === 'score' || kind === 'minutes' || share === null ? change.by >= 0.05 : share * 100 >= 0.05
}

function shownOf(kind: Kind, now: number | null | undefined, before: number | null | undefined): Shown {
  const told = changeOf(now, before)
  const change: Change | null = told && !isSeen(kind, told, before ?? 0) ? { ...told, direction: 'same' } : told
  return {
    words: now == null ? t(kind === 'rate' || kind === 'score' ? 'rates.unscored' : 'common.none') : words(kind, now),
    change, by: change && change.direction !== 'same' ? changeWords(kind, change, before ?? 0) : '',
  }
}

export const shownFigure = ({ now, before }: Pick<StatisticsRow, 'now' | 'before'>, name: PlainFigure): Shown => shownOf(plain[name], now[name], before[name])

export const shownCount = (now: number, before: number): Shown => shownOf('count', now, before)

export function shownRates({ now, before }: Pick<StatisticsRow, 'now' | 'before'>): { name: (typeof rateNames)[number]; shown: Shown }[] {
  const of = (figures: Figures, name: string): number | null => (figures.rates as Record<string, number | null>)[name] ?? null
  return rateNames.map((name) => ({ name, shown: shownOf('rate', of(now, name), of(before, name)) }))
}

/** What a row is of. */
export function rowName(group: StatisticsGroup, { id, name }: Pick<StatisticsRow, 'id' | 'name'>): string {
  if (group === 'city') return t('report.city')
  return group === 'district' ? districtName(id) : name || id
}
