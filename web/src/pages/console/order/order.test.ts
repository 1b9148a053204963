import { expect, test } from 'vitest'

import type { OrderEntry, WholeOrder } from '../../../api/orders'
import { orderDeadline } from '../orders/deadline'
import { openOrderStates, ordersFilterOf } from '../orders/order-filter'
import { actsOn, bodyOf, isReady, needsReason, severitiesLeft, type Typed } from './acts'
import { faultOf } from './files'
import { logWords, numbersWords } from './log'
import { extensionAskedIn, objectionsOf, undecidedOf } from './objections'
import { papersOf } from './papers'
import { contentOf, isWhole, revisedOf, termWords } from './text'

const entry = (action: string, done: object, by = 'li'): OrderEntry =>
  ({ at: '2026-04-01T10:00:00+08:00', by, action, action_zh: '', done: { action, ...done } }) as unknown as OrderEntry

const typed: Typed = {
  at: '', manner: 'in-person', recipient: '', place: ' ', server: '', proxy: '', witness: '', remarks: '', reason: '', text: '', due_at: '',
  objection: 1, findings: [], sustained: false, to: 'notice', amount: '', attachments: [],
}

const order = {
  state: 'served', undecided: 0, extension_asked: false, due_at: '2026-04-20T17:00:00+08:00', log: [], list: [{ state: 'standing' }],
  legal: ['verify', 'extend', 'refuse-extension', 'decide', 'withdraw', 'object', 'ask-extension', 'answer', 'escalate'],
} as unknown as WholeOrder
const april10 = Date.parse('2026-04-10T00:00:00+08:00')

test('a deadline begins with service, warns at a half and at four fifths, and stops when it is answered', () => {
  const of = (state: string, now: string) => orderDeadline({ state: state as 'served', served_at: '2026-04-01T00:00:00+08:00', due_at: '2026-04-11T00:00:00+08:00' }, Date.parse(now))
  expect(of('served', '2026-04-02T00:00:00+08:00')?.state).toBe('running')
  expect(of('served', '2026-04-06T00:00:00+08:00')).toMatchObject({ state: 'warned50', share: 0.5 })
  expect(of('served', '2026-04-09T00:00:00+08:00')?.state).toBe('warned80')
  expect(of('served', '2026-04-11T00:00:01+08:00')?.state).toBe('overdue')
  expect(of('escalated', '2026-04-02T00:00:00+08:00')?.state).toBe('overdue')
  expect(of('verified', '2026-05-02T00:00:00+08:00')?.state).toBe('met')
  expect(of('answered', '2026-05-02T00:00:00+08:00')).toBeNull()
  expect(orderDeadline({ state: 'issued', served_at: null, due_at: '2026-04-11T00:00:00+08:00' })).toBeNull()
})

test('the list asks for what is open unless its address says otherwise', () => {
  expect(ordersFilterOf({})).toEqual({ state: [...openOrderStates] })
  expect(ordersFilterOf({ state: 'all', lot: ' 330502-001 ' })).toEqual({ lot: '330502-001' })
  expect(ordersFilterOf({ state: 'overdue', q: '12', page: '3' })).toEqual({ state: ['overdue'], q: '12' })
  expect(ordersFilterOf({ state: 'nonsense' })).toEqual({ state: [...openOrderStates] })
})

test('nothing is offered that would be refused', () => {
  expect(actsOn(order, april10)).toEqual(['answer', 'verify', 'extend', 'escalate', 'ask-extension', 'object', 'withdraw'])
  expect(actsOn({ ...order, undecided: 2, list: [{ state: 'objected' }] } as unknown as WholeOrder, april10)).not.toContain('escalate')
  expect(actsOn({ ...order, undecided: 2, list: [{ state: 'objected' }] } as unknown as WholeOrder, april10)).not.toContain('object')
  expect(actsOn({ ...order, extension_asked: true }, april10)).toContain('refuse-extension')
  expect(actsOn({ ...order, extension_asked: true }, april10)).not.toContain('ask-extension')
  expect(actsOn(order, Date.parse('2026-04-21T00:00:00+08:00'))).not.toContain('ask-extension')
  // Once it is overdue more time is given only to whoever asked for it in time.
  expect(actsOn({ ...order, state: 'overdue' }, april10)).not.toContain('extend')
  expect(actsOn({ ...order, legal: [] }, april10)).toEqual([])
})

test('a verification is told of once', () => {
  const legal = ['verify', 'issue-review']
  const of = (...actions: string[]) => actsOn({ ...order, legal, log: actions.map((action) => entry(action, {})) } as unknown as WholeOrder, april10)
  expect(of()).toEqual(['verify'])
  expect(of('verify')).toEqual(legal)
  expect(of('verify', 'issue-review')).toEqual(['verify'])
  expect(of('verify', 'issue-review', 'verify')).toEqual(legal)
})

test('each review that was issued is on paper, and to the office a draft of the next', () => {
  const log = [entry('verify', {}), entry('issue-review', { document: { year: 2026, n: 2 } }), entry('verify', {}), entry('issue-review', { document: { year: 2026, n: 3 } }), entry('verify', {})]
  const told = { issued_at: '2026-04-01T10:00:00+08:00', log }
  const reviews = (isOffice: boolean) => papersOf(told, isOffice).filter(({ paper }) => paper === 'review').map(({ review, number }) => [review, number])
  const issued = [[1, '〔2026〕2号'], [2, '〔2026〕3号']]
  expect(reviews(false)).toEqual(issued)
  expect(reviews(true)).toEqual([...issued, [undefined, undefined]])
  expect(papersOf({ issued_at: null, log: [] }, true)).toEqual([{ paper: 'order', isDraft: true }])
})

test('what follows is more severe than what has followed', () => {
  expect(severitiesLeft({ log: [] })).toEqual(['notice', 'warning', 'fine'])
  expect(severitiesLeft({ log: [entry('escalate', { to: 'warning' })] })).toEqual(['fine'])
  expect(actsOn({ ...order, log: [entry('escalate', { to: 'fine' })] }, april10)).not.toContain('escalate')
})

test('an action sends what it takes, and nothing that was left empty', () => {
  expect(bodyOf('serve', { ...typed, manner: 'post', recipient: ' 王某 ' }, 3)).toEqual({ action: 'serve', revision: 3, manner: 'post', recipient: '王某' })
  expect(bodyOf('serve', { ...typed, at: '2026-04-01T09:30' }, 3).at).toBe('2026-04-01T09:30:00+08:00')
  expect(bodyOf('escalate', { ...typed, reason: '逾期', amount: '500' }, 1)).toEqual({ action: 'escalate', revision: 1, to: 'notice', reason: '逾期' })
  expect(bodyOf('escalate', { ...typed, to: 'fine', reason: '逾期', amount: '500' }, 1).amount).toBe('500')
  expect(bodyOf('decide', { ...typed, findings: [2], sustained: true, reason: '属实' }, 1)).toEqual({ action: 'decide', revision: 1, objection: 1, findings: [2], sustained: true, reason: '属实' })
  expect(bodyOf('verify', typed, 9)).toEqual({ action: 'verify', revision: 9 })
})

test('a form is ready once what it needs is there', () => {
  expect(isReady('serve', typed)).toBe(true)
  expect(needsReason('serve', { ...typed, manner: 'left' })).toBe(true)
  expect(isReady('serve', { ...typed, proxy: '门卫' })).toBe(false)
  expect(isReady('object', { ...typed, reason: '时钟无误' })).toBe(false)
  expect(isReady('object', { ...typed, reason: '时钟无误', findings: [1] })).toBe(true)
  expect(isReady('escalate', { ...typed, to: 'fine', reason: '逾期', amount: '5.001' })).toBe(false)
  expect(isReady('ask-extension', { ...typed, reason: '换设备', due_at: '2026-05-01T17:00' })).toBe(true)
})

test('an objection is decided finding by finding', () => {
  const log = [
    entry('object', { findings: [1, 2, 3], reason: '设备记录相符' }, 'wang'), entry('decide', { objection: 1, findings: [2], sustained: true, reason: '属实' }),
    entry('object', { findings: [4], reason: '重复' }, 'wang'), entry('decide', { objection: 2, findings: [], sustained: false, reason: '不重复' }),
  ]
  const [first, second] = objectionsOf(log)
  expect(first && undecidedOf(first)).toEqual([1, 3])
  expect(first?.findings[1]?.decision).toMatchObject({ sustained: true, reason: '属实' })
  expect(second && undecidedOf(second)).toEqual([])
})

test('a request for more time waits until it is decided', () => {
  const asked = entry('ask-extension', { due_at: '2026-05-01T17:00:00+08:00', reason: '换设备' }, 'wang')
  expect(extensionAskedIn([asked])).toMatchObject({ reason: '换设备', by: 'wang' })
  expect(extensionAskedIn([asked, entry('refuse-extension', { reason: '不足' })])).toBeNull()
})

test('the log is told in words', () => {
  expect(logWords(entry('issue', { number: { year: 2026, n: 12 }, evidence_sha256: 'abcdef0123456789' })).lines[0]).toContain('〔2026〕12号')
  const served = logWords(entry('serve', { service: { at: '2026-04-01T10:00:00+08:00', manner: 'left', recipient: '王某', place: '人民路1号', server: 'li', reason: '拒收' }, due_at: '2026-04-20T17:00:00+08:00' }))
  expect(served.lines[0]).toContain('留置送达')
  expect(served.quote).toBe('拒收')
  expect(logWords(entry('verify', { as_of: '2026-04-02T00:00:00+08:00', uncured: [] })).lines[0]).toBe('全部问题已改正')
  expect(logWords(entry('answer', { text: '已更换', attachments: [{ name: '照片.jpg', sha256: 'ab', bytes: 3 }] })).attachments[0]?.name).toBe('照片.jpg')
  expect(logWords(entry('escalate', { to: 'fine', document: { year: 2026, n: 9 }, reason: '逾期', amount: '2000' })).lines.join()).toMatch(/罚款.*2026.*2000/)
  expect(numbersWords(Array.from({ length: 40 }, (_, n) => n + 1))).toContain('40')
})

test('a draft sends the parts that were changed', () => {
  const content = {
    agency: '局', title: '责令限期改正通知书', party: { name: '甲公司', credit_code: '91330500' }, facts: '事实', rule_broken: '', basis: '依据', demand: '改正', report_back: '书面',
    consequence: '处理', remedies: '复议', contact: '李', term: { by: 'working-days', days: 10, hour: 17 }, rule_set: 1,
  } as never
  const changed = contentOf(content)
  expect(revisedOf(content, changed)).toEqual({})
  expect(revisedOf(content, { ...changed, facts: '另一事实 ', party_address: '人民路1号' })).toEqual({ facts: '另一事实', party: { name: '甲公司', credit_code: '91330500', address: '人民路1号' } })
  expect(revisedOf(content, { ...changed, days: '5' })).toEqual({ term: { by: 'working-days', days: 5, hour: 17 } })
  expect(revisedOf(content, { ...changed, by: 'moment', due_at: '2026-05-01T17:00' })).toEqual({ term: { by: 'moment', due_at: '2026-05-01T17:00:00+08:00' } })
  expect(isWhole({ ...changed, by: 'moment', due_at: '' })).toBe(false)
  expect(termWords({ by: 'working-days', days: 10, hour: 17 } as never)).toContain('10')
})

test('files are pictures or papers, and not too large', () => {
  expect(faultOf({ size: 5, type: 'image/webp' })).toBeNull()
  expect(faultOf({ size: 5, type: 'text/html' })).toBe('wrongType')
  expect(faultOf({ size: 11 * 1024 * 1024, type: 'application/pdf' })).toBe('tooBig')
})
