import { t } from '../../i18n/driver'

const minuteMs = 60_000

/** How old a number is, in words; a clock that runs ahead makes nothing older or younger than now. */
export function ageOf(at: string, now: number): string {
  const minutes = Math.max(0, Math.floor((now - Date.parse(at)) / minuteMs))
  if (minutes < 1) return t('age.now')
  if (minutes < 60) return t('age.minutes', { n: minutes })
  const hours = Math.floor(minutes / 60)
  return hours < 24 ? t('age.hours', { n: hours }) : t('age.days', { n: Math.floor(hours / 24) })
}
