import { orderSeverities, type OrderAct, type OrderAction, type WholeOrder } from '../../../api/orders'
import { cityMoment } from '../../../time/clock'
import { escalatedTo } from './objections'

/** In the order in which they are offered: what takes an order further stands first. */
const offered = [
  'issue', 'serve', 'answer', 'decide', 'verify', 'issue-review', 'extend', 'refuse-extension', 'escalate', 'ask-extension', 'object', 'withdraw',
] as const satisfies readonly OrderAction[]
export type OfferedAction = (typeof offered)[number]

type Acted = Pick<WholeOrder, 'legal' | 'state' | 'undecided' | 'extension_asked' | 'due_at' | 'list' | 'log'>

/** What would be refused though its state allows it is left out; the platform holds it all the same. */
const fits: Partial<Record<OfferedAction, (order: Acted, now: number) => boolean>> = {
  decide: ({ undecided }) => undecided > 0,
  extend: ({ state, extension_asked }) => state !== 'overdue' || extension_asked,
  'refuse-extension': ({ extension_asked }) => extension_asked,
  'ask-extension': ({ extension_asked, due_at }, now) => !extension_asked && Boolean(due_at) && Date.parse(due_at ?? '') > now,
  object: ({ list }) => list.some(isObjectionable),
  'issue-review': isUntold,
  escalate: (order) => order.undecided === 0 && severitiesLeft(order).length > 0,
}

/** What whoever reads may do now with it. The draft's text is changed in its place, not by a button. */
export const actsOn = (order: Acted, now = Date.now()): OfferedAction[] =>
  offered.filter((action) => order.legal.includes(action) && (fits[action]?.(order, now) ?? true))

/** Whether there is a verification that the party was not told of in a document. */
export function isUntold({ log }: Pick<WholeOrder, 'log'>): boolean {
  const last = (wanted: OrderAction): number => log.findLastIndex(({ action }) => action === wanted)
  return last('verify') > last('issue-review')
}

/** Neither struck nor objected to already. */
export const isObjectionable = ({ state }: { state: string }): boolean => state === 'standing' || state === 'cured'

/** More severe than what has followed. */
export function severitiesLeft({ log }: Pick<WholeOrder, 'log'>) {
  const last = escalatedTo(log)
  return orderSeverities.slice(orderSeverities.findIndex((each) => each === last) + 1)
}

export interface Typed {
  at: string
  manner: NonNullable<OrderAct['manner']>
  recipient: string
  place: string
  server: string
  proxy: string
  witness: string
  remarks: string
  reason: string
  text: string
  due_at: string
  objection: number
  findings: number[]
  sustained: boolean
  to: NonNullable<OrderAct['to']>
  amount: string
  attachments: string[]
}

type Part = keyof Typed

/** What each action takes; of the service all but the manner has a default of the platform's. */
export const partsOf: Record<OfferedAction, readonly Part[]> = {
  issue: [],
  serve: ['at', 'manner', 'recipient', 'place', 'server', 'proxy', 'witness', 'reason', 'remarks'],
  answer: ['text', 'attachments'],
  'ask-extension': ['due_at', 'reason'],
  extend: ['due_at', 'reason'],
  'refuse-extension': ['reason'],
  object: ['findings', 'reason', 'attachments'],
  decide: ['objection', 'findings', 'sustained', 'reason'],
  verify: [],
  'issue-review': [],
  escalate: ['to', 'amount', 'reason'],
  withdraw: ['reason'],
}

/** Left or taken by somebody else, a service has a reason. */
export const needsReason = (action: OfferedAction, { manner, proxy }: Pick<Typed, 'manner' | 'proxy'>): boolean =>
  action === 'serve' ? manner === 'left' || proxy.trim() !== '' : partsOf[action].includes('reason')

export const isReady = (action: OfferedAction, typed: Typed): boolean =>
  (!needsReason(action, typed) || typed.reason.trim() !== '') &&
  partsOf[action].every((part) => {
    if (part === 'text') return typed.text.trim() !== ''
    if (part === 'due_at') return cityMoment(typed.due_at) !== undefined
    if (part === 'findings') return typed.findings.length > 0
    if (part === 'amount') return typed.to !== 'fine' || /^\d+(\.\d{1,2})?$/.test(typed.amount.trim())
    return true
  })

/** What is sent: of what was typed only what the action takes, and nothing that was left empty. */
export function bodyOf(action: OfferedAction, typed: Typed, revision: number): OrderAct {
  const parts = partsOf[action].flatMap((part): [Part, Typed[Part]][] => {
    const value = typed[part]
    if (part === 'amount' && typed.to !== 'fine') return []
    if (part === 'at' || part === 'due_at') return value ? [[part, cityMoment(String(value)) ?? value]] : []
    if (typeof value === 'string') return value.trim() ? [[part, value.trim()]] : []
    return [[part, value]]
  })
  return { action, revision, ...Object.fromEntries(parts) as Partial<OrderAct> }
}
