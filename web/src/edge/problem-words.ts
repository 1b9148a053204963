import type { ApiProblem } from '../api/problem'
import { tell } from './i18n'

/** The gateway's own words; they say what to do next. */
export function problemWords({ status, message, detail }: ApiProblem): string {
  if (status === 0) return tell('problem.unreachable')
  return detail ? tell('problem.said', { title: message, detail }) : message
}
