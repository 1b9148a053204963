import type { Case } from '../../../api/supervision'
import { language, tIfKnown } from '../../../i18n'
import { t } from '../../../i18n/supervision'
import { stay } from '../../../time/clock'
import { dueClock } from './clock'

/** Of what the platform says in both languages, that of the page. */
export const said = (zh: string, en: string): string => language.value === 'zh' ? zh : en

export const caseTitle = ({ title, title_en }: Pick<Case, 'title' | 'title_en'>): string => said(title, title_en)

/** Whose it is: a lot's, or of those that share a vendor. */
export const caseOwner = ({ lot, lot_name, vendor }: Case): string => lot_name ?? lot ?? (vendor || t('cases.several'))

/** What of it is at fault: a field of the messages is named as they name it. */
export const causeWords = (cause: string): string => tIfKnown('cause', cause)

export const caseName = (each: Case): string => `${caseTitle(each)} · ${caseOwner(each)}`

export function dueWords(each: Case): string {
  const due = dueClock(each)
  if (!due) return ''
  return t(`dueState.${due.state}`, { time: due.minutes === 0 ? t('dueState.soon') : stay(due.minutes) })
}
