import { locale, t } from '../i18n'

// The city's clock, whatever the clock of the reader's computer says.
const zone = 'Asia/Shanghai'

function format(at: string, options: Intl.DateTimeFormatOptions): string {
  const moment = new Date(at)
  if (Number.isNaN(moment.getTime())) return at
  return new Intl.DateTimeFormat(locale.value, { timeZone: zone, hourCycle: 'h23', ...options }).format(moment)
}

const hands = { hour: '2-digit', minute: '2-digit' } as const
const day = { month: '2-digit', day: '2-digit' } as const

export const clock = (at: string): string => format(at, { ...hands, second: '2-digit' })

export const hourAndMinute = (at: string): string => format(at, hands)

/** Today's times without the date, other days' with it. */
export function moment(at: string | null | undefined): string {
  if (!at) return t('common.none')
  const today = format(new Date().toISOString(), { ...day, year: 'numeric' })
  if (format(at, { ...day, year: 'numeric' }) === today) return clock(at)
  return format(at, { ...day, ...hands })
}

export const wholeMoment = (at: string | null | undefined): string =>
  at ? format(at, { year: 'numeric', ...day, ...hands, second: '2-digit' }) : t('common.none')

/** The city's clock has one zone and no summer time. */
const offset = '+08:00'
export const isDay = (date: string): boolean => /^\d{4}-\d\d-\d\d$/.test(date) && !Number.isNaN(Date.parse(date))

/** The beginning of a day of the city, `2026-05-01`; undefined for what is none. */
export const dayBegins = (date: string): string | undefined => isDay(date) ? `${date}T00:00:00${offset}` : undefined

/** The beginning of the day after, for what is before it. */
export function dayEnds(date: string): string | undefined {
  if (!isDay(date)) return undefined
  return dayBegins(dayAfter(date))
}

/** What a `datetime-local` field holds, `2026-05-01T10:30`, on the city's clock; undefined for what is none. */
export const cityMoment = (typed: string): string | undefined =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(typed) && isDay(typed.slice(0, 10)) ? `${typed}:00${offset}` : undefined

/** A moment as the platform takes it, `2026-05-01T10:30:00+08:00`. */
export const onCityClock = (at: number): string => new Date(at + 8 * 3_600_000).toISOString().slice(0, 19) + offset

/** To the minute: today's times without the date, other days' with it. */
export const minuteOf = (at: string): string => dayOf(at) === today() ? hourAndMinute(at) : moment(at)

/** So many days after a day of the city, `2026-05-01`; before it where they are less than none. */
export function dayAfter(date: string, days = 1): string {
  return new Date(Date.parse(date) + days * 24 * 3_600_000).toISOString().slice(0, 10)
}

/** The day of a moment by the city's clock, `2026-05-01`. */
export const dayOf = (at: string | number): string => new Date(new Date(at).getTime() + 8 * 3_600_000).toISOString().slice(0, 10)

/** Today by the city's clock. */
export const today = (): string => dayOf(Date.now())

/** How long is still to be waited, to the second. */
export function tellWait(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  return minutes > 0 ? t('time.wait', { m: minutes, s: seconds % 60 }) : t('time.waitSeconds', { s: seconds })
}

export function stay(minutes: number | null | undefined): string {
  if (minutes == null) return t('common.none')
  if (minutes < 60) return t('time.minutes', { n: minutes })
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return t('time.hours', { h: hours, m: minutes % 60 })
  return t('time.days', { d: Math.floor(hours / 24), h: hours % 24 })
}
