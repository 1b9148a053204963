// Supervision's part of the API by hand, until openapi.json describes it: cases, rates, and what the platform has of
// a lot's day. Then the types come from the document, and `client` takes the place of `office`.
import { answerOf } from './client'
import { office } from './office'
import { findingKinds, type Finding, type FindingKind, type Page } from './types'

interface Paging {
  limit?: number
  cursor?: string
}

/** A rule's id is the kind of finding that it makes. */
export const rules = findingKinds

// Cases

export const caseStates = ['new', 'filed', 'ordered', 'verifying', 'closed', 'dismissed'] as const
export type CaseState = (typeof caseStates)[number]
/** Somebody has still to do something about them. */
export const openStates: readonly CaseState[] = ['new', 'filed', 'ordered', 'verifying']
export const caseConditions = ['holds', 'quiet'] as const
export type CaseCondition = (typeof caseConditions)[number]
export const caseOrders = ['last_at', 'count', 'due_at'] as const
export type CaseOrder = (typeof caseOrders)[number]

export const severities = ['notice', 'warning', 'serious'] as const

export interface Case {
  id: string
  /** Null for a parent: what it is about lies at several lots. */
  lot: string | null
  lot_name: string | null
  provider: string | null
  provider_name?: string | null
  district: string
  vendor: string
  rule: FindingKind
  title: string
  title_en: string
  severity: (typeof severities)[number]
  article: string
  /** Empty where the rule says it all. */
  cause: string
  parent: string | null
  /** How many cases this one is the parent of. */
  children: number
  state: CaseState
  condition: CaseCondition
  /** Something larger accounts for it, an offline lot or an outage: it is not held against the lot by itself. */
  inhibited: boolean
  count: number
  first_at: string
  last_at: string
  opened_at: string
  assignee: string | null
  paused_until: string | null
  order: string | null
  due_at: string | null
  relapses: number
  revision: number
}

export interface CaseEvent {
  at: string
  by: string | null
  action: string
  /** Whom, why, or what was said. */
  text?: string | null
  /** Where it stood afterwards. */
  state: CaseState
}

export interface Pause {
  author: string
  reason: string
  from: string
  until: string
}

export interface Reason {
  detail: string
  detail_en: string
}

export const faultParties = ['lot', 'vendor', 'line', 'platform'] as const

export interface WholeCase extends Case {
  evidence: string
  evidence_en: string
  cure: string
  cure_en: string
  history: CaseEvent[]
  pauses: Pause[]
  /** Null or left out where it cannot be told. */
  attribution?: { to: (typeof faultParties)[number]; reasons: Reason[] } | null
  /** How many findings a pause hides. */
  hidden: number
}

export interface CasesFilter {
  state?: string
  condition?: CaseCondition
  rule?: string
  lot?: string
  provider?: string
  district?: string
  vendor?: string
  assignee?: string
  parent?: string
  paused?: boolean
  order?: CaseOrder
}

export interface CasesSummary {
  total: number
  by_state: Partial<Record<CaseState, number>>
  by_rule: Record<string, number>
}

export type CaseAct =
  { action: 'assign'; user: string | null } | { action: 'file' | 'verify' | 'resume' } | { action: 'close' | 'reopen'; reason?: string } |
  { action: 'dismiss' | 'reject'; reason: string } | { action: 'pause'; reason: string; until: string } | { action: 'comment'; text: string }
export type CaseAction = CaseAct['action']

export const fetchCases = (query: CasesFilter & Paging): Promise<Page<Case>> =>
  answerOf(office.GET<Page<Case>>('/api/v1/cases', { params: { query } }))

export const fetchCasesSummary = (query: CasesFilter): Promise<CasesSummary> =>
  answerOf(office.GET<CasesSummary>('/api/v1/cases/summary', { params: { query } }))

export const fetchCase = (id: string): Promise<WholeCase> => answerOf(office.GET<WholeCase>('/api/v1/cases/{id}', { params: { path: { id } } }))

export const fetchCaseFindings = (id: string, query: Paging): Promise<Page<Finding>> =>
  answerOf(office.GET<Page<Finding>>('/api/v1/cases/{id}/findings', { params: { path: { id }, query } }))

/** What others did since `revision` is answered with 409. */
export const actOnCase = (id: string, body: CaseAct & { revision?: number }): Promise<WholeCase> =>
  answerOf(office.POST<WholeCase>('/api/v1/cases/{id}/actions', { params: { path: { id } }, body }))

export interface BulkAnswer {
  done: number
  /** Takes it back, while nothing of it was served; null where it cannot be. */
  undo: string | null
}

/** On these and no others: refused where they are not as many as `expected`, the number that was shown. */
export const actOnCases = (body: CaseAct & { ids: string[]; expected: number }): Promise<BulkAnswer> =>
  answerOf(office.POST<BulkAnswer>('/api/v1/cases/actions', { body }))

export const undoBulk = (undo: string): Promise<{ done: number }> =>
  answerOf(office.POST<{ done: number }>('/api/v1/cases/actions/undo', { body: { undo } }))

// Rates

export const rateNames = ['online', 'timeliness', 'completeness', 'photos', 'balance', 'vacancy', 'base_data'] as const
export type RateName = (typeof rateNames)[number]
export const rateGroups = ['lot', 'provider', 'district', 'vendor'] as const
export type RateGroup = (typeof rateGroups)[number]
export const ratePeriods = ['day', 'month'] as const
export type RatePeriod = (typeof ratePeriods)[number]
/** Which records of a rate: those that count, or those that are lacking. */
export const rateParts = ['missing', 'num'] as const
export type RatePart = (typeof rateParts)[number]

/** `rate` is null where there are too few cases: not scored, neither 0 nor 100. */
export interface Rate {
  num: number
  den: number
  rate: number | null
}
export interface Timeliness extends Rate {
  within_60s: Rate
  p50_s: number | null
  p95_s: number | null
}
/** `score`, 0 to 100: each rate against its aim, by weight. */
export type SevenRates = Record<Exclude<RateName, 'timeliness'>, Rate> & { timeliness: Timeliness; score: number | null }
export interface RateRow extends SevenRates {
  lot?: string | null
  lot_name?: string | null
  provider?: string | null
  provider_name?: string | null
  district?: string | null
  vendor?: string | null
  day?: string | null
  month?: string | null
  /** As known at 04:00 of the day after: what was received later has not changed it. */
  at_close?: SevenRates | null
}
/** What each is to be at least, 0 to 1, by the rule set in force. */
export type Aims = Partial<Record<RateName, number>>

export interface RatesQuery {
  lot?: string
  provider?: string
  district?: string
  vendor?: string
  from: string
  to: string
  by: RatePeriod
  group: RateGroup
}

export const fetchRates = (query: RatesQuery & Paging): Promise<Page<RateRow> & { aims: Aims }> =>
  answerOf(office.GET<Page<RateRow> & { aims: Aims }>('/api/v1/rates', { params: { query } }))

/** A ranking of more is of no use to a reader, and costs both sides. */
export const rankedMax = 5_000
const rankedPage = 500

/** All of them, for a ranking is of all: the platform cuts a long list into pages. `more` where it goes on after so many. */
export async function fetchRanked(query: RatesQuery): Promise<{ rows: RateRow[]; aims: Aims; more: boolean }> {
  let page = await fetchRates({ ...query, limit: rankedPage })
  const { aims } = page
  const rows = [...page.items]
  while (page.next && rows.length < rankedMax) {
    page = await fetchRates({ ...query, limit: rankedPage, cursor: page.next })
    rows.push(...page.items)
  }
  return { rows, aims, more: Boolean(page.next) }
}

export interface RateRecord {
  record_id?: string | null
  at: string
  minutes?: number | null
  /** How many of the denominator it is. */
  counts: number
  detail: string
  detail_en: string
}

export const fetchRateRecords = (query: { lot: string; day: string; rate: RateName; part: RatePart; known: 'now' | 'close' } & Paging): Promise<Page<RateRecord>> =>
  answerOf(office.GET<Page<RateRecord>>('/api/v1/rates/records', { params: { query } }))

// Said on the spot

export interface Taps {
  lot: string
  name: string
  district: string
  found: number
  not_found: number
  /** Of these, how often the public count said that there were enough. */
  contradictions: number
  found_while_full: number
}

export const fetchTaps = (query: { district?: string; limit: number }): Promise<{ items: Taps[] }> =>
  answerOf(office.GET<{ items: Taps[] }>('/api/v1/taps', { params: { query } }))

// Maintenance

export interface MaintenanceToAnnounce {
  lots: string[]
  provider?: string
  district?: string
  from: string
  to: string
  reason: string
}
export interface Maintenance {
  id: string
  /** Empty: of all that the other two name. */
  lots: string[]
  lot_names: string[]
  provider: string | null
  provider_name?: string | null
  /** Empty: in all. */
  district: string
  from: string
  to: string
  reason: string
  by: string
  /** What lay before it is not excused. */
  announced_at: string
}

export const fetchMaintenance = (query: Paging): Promise<Page<Maintenance>> =>
  answerOf(office.GET<Page<Maintenance>>('/api/v1/maintenance', { params: { query } }))

export const announceMaintenance = (body: MaintenanceToAnnounce): Promise<Maintenance> =>
  answerOf(office.POST<Maintenance>('/api/v1/maintenance', { body }))

// The day of a lot

/** How many records of each kind. */
export interface DayNumbers {
  entries: number
  exits: number
  photos: number
  charges: number
}
export interface LotDay extends DayNumbers {
  day: string
  /** SHA-256 over the ids, by which two sides tell that they have the same; null for whoever sees no plates. */
  digest: string | null
  /** The lot's own last word on the day; null where it said none. */
  declared: (DayNumbers & { received_at: string }) | null
}

/** The first of them, and how many there are. */
export interface DifferingIds {
  entries: string[]
  exits: string[]
  entries_total: number
  exits_total: number
}
export interface DayDifference {
  /** What the lot says it has, and the platform has not. */
  missing: DifferingIds
  /** What the platform has, and the lot has not. */
  unknown_to_lot: DifferingIds
}

export const fetchLotDay = (code: string, date: string): Promise<LotDay> =>
  answerOf(office.GET<LotDay>('/api/v1/lots/{code}/days/{date}', { params: { path: { code, date } } }))

export const fetchDayDifference = (code: string, date: string): Promise<DayDifference> =>
  answerOf(office.GET<DayDifference>('/api/v1/lots/{code}/days/{date}/declaration', { params: { path: { code, date } } }))
