import { t } from '../../../i18n/system'

/** How long a run took, in seconds to a tenth; null while it goes on. */
export function secondsOf({ started_at, ended_at }: { started_at: string; ended_at?: string | null }): number | null {
  if (!ended_at) return null
  return Math.max(0, Math.round((Date.parse(ended_at) - Date.parse(started_at)) / 100) / 10)
}

export const isLate = (nextDue: string, now = Date.now()): boolean => Date.parse(nextDue) < now

/** When a job is done, as the platform says it, in the language of the page. */
export function scheduleWords(schedule: string): string {
  const [, n, at] = /^every (?:(\d+) minutes|day at ([\d:]+)|hour)$/.exec(schedule) ?? []
  if (n) return t('jobs.everyMinutes', { n })
  if (at) return t('jobs.everyDay', { at })
  return schedule === 'every hour' ? t('jobs.everyHour') : schedule
}
