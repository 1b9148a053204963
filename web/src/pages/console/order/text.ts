import type { OrderContent } from '../../../api/orders'
import { t } from '../../../i18n/orders'
import { cityMoment, moment } from '../../../time/clock'

/** In the order in which they are printed; the party's parts stand in one. */
export const shortParts = ['agency', 'title', 'party_name', 'party_credit_code', 'party_address', 'contact'] as const
export const longParts = ['facts', 'rule_broken', 'basis', 'demand', 'report_back', 'consequence', 'remedies'] as const

export type Revised = Record<(typeof shortParts)[number] | (typeof longParts)[number], string> & {
  by: 'working-days' | 'moment'
  days: string
  hour: string
  due_at: string
}

type Nested = Record<string, unknown>
const word = (of: unknown, name: string): string => {
  const value = (of as Nested | null | undefined)?.[name]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** What an order says as fields of a form hold it. */
export function contentOf(content: OrderContent): Revised {
  const { party, term } = content
  const due = word(term, 'due_at')
  return {
    agency: content.agency, title: content.title, contact: content.contact, facts: content.facts, rule_broken: content.rule_broken, basis: content.basis,
    demand: content.demand, report_back: content.report_back, consequence: content.consequence, remedies: content.remedies,
    party_name: word(party, 'name'), party_credit_code: word(party, 'credit_code'), party_address: word(party, 'address'),
    by: word(term, 'by') === 'moment' ? 'moment' : 'working-days', days: word(term, 'days') || '10', hour: word(term, 'hour') || '17',
    due_at: due ? new Date(Date.parse(due) + 8 * 3_600_000).toISOString().slice(0, 16) : '',
  }
}

export const isWhole = ({ by, days, hour, due_at }: Pick<Revised, 'by' | 'days' | 'hour' | 'due_at'>): boolean =>
  by === 'moment' ? cityMoment(due_at) !== undefined : Number(days) >= 1 && String(hour) !== ''

/** The parts that are to say something else, as the platform has them; what was not changed is left out. */
export function revisedOf(content: OrderContent, changed: Revised): Nested {
  const before = contentOf(content)
  const texts = [...shortParts, ...longParts].filter((part) => !part.startsWith('party_') && changed[part] !== before[part])
  const party = { name: changed.party_name.trim(), credit_code: changed.party_credit_code.trim(), address: changed.party_address.trim() }
  const isOtherParty = (['party_name', 'party_credit_code', 'party_address'] as const).some((part) => changed[part] !== before[part])
  const isOtherTerm = (['by', 'days', 'hour', 'due_at'] as const).some((part) => String(changed[part]) !== before[part])
  return {
    ...Object.fromEntries(texts.map((part) => [part, changed[part].trim()])),
    ...(isOtherParty ? { party } : {}),
    ...(isOtherTerm ? { term: termOf(changed) } : {}),
  }
}

const termOf = ({ by, days, hour, due_at }: Revised): Nested =>
  by === 'moment' ? { by, due_at: cityMoment(due_at) ?? due_at } : { by, days: Number(days), hour: Number(hour) }

export function termWords(term: OrderContent['term']): string {
  if (word(term, 'by') === 'moment') return t('orderTerm.until', { time: moment(word(term, 'due_at')) })
  return t('orderTerm.after', { n: word(term, 'days'), hour: word(term, 'hour') })
}
