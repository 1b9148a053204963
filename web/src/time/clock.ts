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

export function stay(minutes: number | null | undefined): string {
  if (minutes == null) return t('common.none')
  if (minutes < 60) return t('time.minutes', { n: minutes })
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return t('time.hours', { h: hours, m: minutes % 60 })
  return t('time.days', { d: Math.floor(hours / 24), h: hours % 24 })
}
