import { tIfKnown } from '../../../i18n'
import { t } from '../../../i18n/console'

/** What a job does, in words; the name itself where these pages were built before there was such a job. */
export function jobWords(name: string): string {
  const key = name.replace(/[^a-z]+/g, '-')
  const words = tIfKnown('jobName', key)
  return words === key ? name : words
}

/** How often a job is done, as the platform says it in English. */
export function scheduleWords(schedule: string): string {
  if (schedule === 'every hour') return t('jobSchedule.hourly')
  const [, minutes] = /^every (\d+) minutes$/.exec(schedule) ?? []
  if (minutes) return minutes === '1' ? t('jobSchedule.minute') : t('jobSchedule.minutes', { n: minutes })
  const [, time] = /^every day at ([\d:]+)$/.exec(schedule) ?? []
  return time ? t('jobSchedule.daily', { time }) : schedule
}
