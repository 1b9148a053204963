import { manners, orderSeverities, type OrderEntry } from '../../../api/orders'
import { figure } from '../../../i18n'
import { t } from '../../../i18n/orders'
import { moment } from '../../../time/clock'
import { attachedIn, doneIn, numbersIn, textIn, type Attached } from './objections'

export interface LogWords {
  /** What was done, in a sentence or two. */
  lines: string[]
  /** What somebody wrote. */
  quote: string
  attachments: Attached[]
}

const one = <Word extends string>(words: readonly Word[], word: string): Word | undefined => words.find((each) => each === word)

/** A document's number without what the city sets before it. */
export function numberIn(value: unknown): string {
  const { year, n } = (value ?? {}) as { year?: number; n?: number }
  return year && n ? `〔${year}〕${n}号` : ''
}

/** The numbers of findings; of many the first. */
export function numbersWords(numbers: readonly number[], max = 12): string {
  const named = numbers.slice(0, max).join(', ')
  return numbers.length > max ? t('orderLog.andMore', { named, n: figure(numbers.length) }) : named
}

/** An entry of the log in words. */
export function logWords(entry: OrderEntry): LogWords {
  const done = doneIn(entry)
  const reason = textIn(done, 'reason')
  const due = textIn(done, 'due_at')
  const findings = numbersIn(done, 'findings')
  const document = numberIn(done.document)
  const with_ = (lines: (string | false | undefined)[], quote = reason): LogWords => ({ lines: lines.filter((line): line is string => Boolean(line)), quote, attachments: attachedIn(done) })
  switch (entry.action) {
    case 'issue': return with_([t('orderLog.number', { number: numberIn(done.number) }), t('orderLog.evidence', { sha256: textIn(done, 'evidence_sha256').slice(0, 12) })])
    case 'void-number': return with_([t('orderLog.voided', { number: numberIn(done.number) })])
    case 'serve': {
      const service = (done.service ?? {}) as Record<string, unknown>
      const manner = one(manners, textIn(service, 'manner'))
      return with_([
        t('orderLog.served', { manner: manner ? t(`manner.${manner}`) : textIn(service, 'manner'), recipient: textIn(service, 'recipient'), place: textIn(service, 'place'), time: moment(textIn(service, 'at')) }),
        t('orderLog.server', { server: textIn(service, 'server') }),
        textIn(service, 'proxy') && t('orderLog.proxy', { proxy: textIn(service, 'proxy') }),
        textIn(service, 'witness') && t('orderLog.witness', { witness: textIn(service, 'witness') }),
        due && t('orderLog.due', { time: moment(due) }),
      ], [textIn(service, 'reason'), textIn(service, 'remarks')].filter(Boolean).join('\n'))
    }
    case 'answer': return with_([], textIn(done, 'text'))
    case 'ask-extension':
    case 'extend': return with_([t('orderLog.until', { time: moment(due) })])
    case 'object': return with_([t('orderLog.of', { numbers: numbersWords(findings) })])
    case 'decide': return with_([
      t(done.sustained === true ? 'orderLog.sustained' : 'orderLog.rejected', { n: Number(done.objection) }),
      findings.length > 0 && t('orderLog.of', { numbers: numbersWords(findings) }),
      document && t('orderLog.withdrawnBy', { number: document }),
    ])
    case 'verify': {
      const uncured = numbersIn(done, 'uncured')
      return with_([uncured.length === 0 ? t('orderLog.allCured') : t('orderLog.uncured', { n: figure(uncured.length), numbers: numbersWords(uncured) }), t('orderLog.asOf', { time: moment(textIn(done, 'as_of')) })])
    }
    case 'issue-review': return with_([t('orderLog.number', { number: document })])
    case 'withdraw': return with_([document && t('orderLog.withdrawnBy', { number: document })])
    case 'escalate': {
      const to = one(orderSeverities, textIn(done, 'to'))
      const amount = done.amount == null ? '' : String(done.amount as string | number)
      return with_([t('orderLog.escalated', { to: to ? t(`orderSeverity.${to}`) : textIn(done, 'to'), number: document }), amount && t('orderLog.amount', { amount })])
    }
    default: return with_([])
  }
}
