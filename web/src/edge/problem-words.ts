import type { ApiProblem } from '../api/problem'
import { t } from '../i18n/edge'

/** The gateway's own words; they say what to do next. */
export function problemWords({ status, message, detail }: ApiProblem): string {
  if (status === 0) return t('gateway.unreachable')
  return detail ? t('gateway.said', { title: message, detail }) : message
}
