import { locale } from '../i18n'
import { t } from '../i18n/edge'

/** Gateway and reader need not agree on the time: ages are told by the gateway's clock. */
export interface Heard {
  /** What the gateway's clock said, in ms since 1970. */
  gatewayMs: number
  /** What this page's stopwatch said when the answer came. */
  receivedMs: number
}

export const gatewayTime = (heard: Heard, stopwatchMs: number): number => heard.gatewayMs + (stopwatchMs - heard.receivedMs)

export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000))
  if (seconds < 60) return t('span.seconds', { n: seconds })
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return t('span.minutes', { n: minutes })
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return t('span.hours', { h: hours, m: minutes % 60 })
  return t('span.days', { d: Math.floor(hours / 24), h: hours % 24 })
}

/** A clock's offset is told in seconds while it is a matter of seconds, small ones with their fractions. */
export function offset(ms: number): string {
  const size = Math.abs(ms)
  if (size < 1_000) return t('span.fine', { n: Math.round(size) })
  if (size < 10_000) return t('span.seconds', { n: (size / 1_000).toFixed(1) })
  return size < 120_000 ? t('span.seconds', { n: Math.round(size / 1_000) }) : span(size)
}

export function age(at: string, nowMs: number): string {
  const ms = nowMs - Date.parse(at)
  if (Number.isNaN(ms)) return at
  // A camera's clock may run ahead of the gateway's.
  return ms < 1_500 ? t('age.now') : t('age.ago', { span: span(ms) })
}

const zone = 'Asia/Shanghai'

function part(ms: number, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale.value, { timeZone: zone, hourCycle: 'h23', ...options }).format(ms)
}

/** The hour and minute, with the day unless it is the gateway's today. */
export function momentAt(at: string | null, nowMs: number): string {
  if (!at) return t('common.none')
  const ms = Date.parse(at)
  if (Number.isNaN(ms)) return at
  const day = { month: '2-digit', day: '2-digit' } as const
  const hands = part(ms, { hour: '2-digit', minute: '2-digit' })
  const whole = { year: 'numeric', ...day } as const
  return part(ms, whole) === part(nowMs, whole) ? hands : `${part(ms, day)} ${hands}`
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

export function size(bytes: number): string {
  let rest = bytes
  let unit = 0
  while (rest >= 1_024 && unit < units.length - 1) {
    rest /= 1_024
    unit += 1
  }
  return `${unit === 0 || rest >= 100 ? Math.round(rest) : rest.toFixed(1)} ${units[unit]}`
}
