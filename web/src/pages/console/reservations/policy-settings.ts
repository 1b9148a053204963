import { t } from '../../../i18n/services'

/** A setting's value with its unit, which its name ends with. Of some none means no limit. */
export function settingWords(name: string, value: unknown): string {
  if (value === null || value === undefined) return t('policy.same')
  if (typeof value !== 'number') return String(value as string)
  if (value === 0 && /^(late_cancels|no_shows)_per_/.test(name)) return t('policy.unlimited')
  if (name.endsWith('_minutes')) return t('policy.on', { n: value })
  if (name.endsWith('_seconds')) return t('policy.seconds', { n: value })
  if (name.endsWith('_hours')) return t('policy.hours', { n: value })
  if (name.startsWith('waiting_')) return String(value)
  if (/_days(_max)?$/.test(name)) return t('policy.days', { n: value })
  return t('policy.times', { n: value })
}
