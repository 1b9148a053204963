// The office's part of the API by hand, until openapi.json describes it: the types as they are agreed on, and the
// one client under a type that takes paths it does not know. Then both go, and `client` takes their place.
import { client } from './client'
import type { components } from './schema'
import type { LotKind, LotStatus, Page } from './types'

export type OfficePermission =
  'providers.read' | 'providers.change' | 'registrations.read' | 'registrations.decide' | 'businesses.read' | 'businesses.change' |
  'system.read'

interface Asked {
  params?: { path?: Record<string, string>; query?: object; header?: Record<string, string> }
  body?: unknown
  headers?: Record<string, string>
  bodySerializer?: (body: never) => BodyInit
  parseAs?: 'json' | 'blob'
  signal?: AbortSignal
}
type Ask = <Data>(path: string, asked?: Asked) => Promise<{ data?: Data; error?: unknown; response: Response }>

export const office = client as unknown as Record<'GET' | 'POST' | 'PATCH' | 'DELETE', Ask>

/** A file as the body of a request, as it is. */
export const fileBody = (file: Blob): Asked => ({
  body: file, headers: { 'Content-Type': file.type || 'application/octet-stream' }, bodySerializer: (body: never) => body,
})

// Lots

export const lotStates = ['live', 'waiting', 'trial'] as const
export type LotState = (typeof lotStates)[number]
export const datums = ['GCJ02', 'WGS84', 'BD09'] as const
export type Datum = (typeof datums)[number]
/** Of article 5: what a lot is by use, what a berth is by how cars stand in it. */
export const lotCategories: Readonly<Record<LotKind, readonly string[]>> = {
  'off-street': ['public', 'commercial', 'residential', 'office', 'transport', 'hospital', 'school', 'scenic', 'other'],
  'on-street': ['parallel', 'perpendicular', 'angled', 'other'],
}
export const gateDirections = ['in', 'out', 'both'] as const
export interface Gate {
  name: string
  direction: (typeof gateDirections)[number]
}

/** What a lot takes off stays whose cars charge, until the document has it. */
export interface ReliefRules {
  free_minutes_while_charging: number
  /** kWh, a decimal string. */
  from_kwh: string
  once_a_day: boolean
}

export type OfficeLot = components['schemas']['LotItem'] & { charging_relief?: ReliefRules | null }

export const lotSorts = ['code', 'name', 'district', 'provider', 'spaces_total', 'vacant', 'occupancy', 'last_heard_at'] as const
export type LotSort = (typeof lotSorts)[number]
export const orders = ['asc', 'desc'] as const
export type Order = (typeof orders)[number]

export interface LotsFilter {
  q?: string
  district?: string
  provider?: string
  kind?: LotKind
  standard?: string
  status?: LotStatus
  state?: string
  sort?: LotSort
  order?: Order
}
export interface LotPage extends Page<OfficeLot> {
  total: number
}

export interface LotBase {
  name: string
  kind: LotKind
  district: string
  address: string
  longitude: number | null
  latitude: number | null
  datum: Datum
  spaces_total: number
  charging_spaces: number
  accessible_spaces: number
  tariff: string
  hours: string
  category: string | null
  gates: Gate[]
}
export interface NewLot extends LotBase {
  code?: string
  provider: string
  ids: Record<string, string>
  parties?: string[]
  off_peak_parties?: string[]
  charging_relief?: ReliefRules
  trial?: boolean
}
export interface LotChange extends Partial<Omit<NewLot, 'code' | 'trial'>> {
  state?: 'live' | 'trial'
  closed?: boolean
  revision?: string
  effective_at?: string
  note?: string
}

export interface FieldChange {
  field: string
  from: unknown
  to: unknown
}
export type HistoryEntry = components['schemas']['HistoryItem']

export interface ChecklistStep {
  step: string
  state: 'done' | 'open' | 'not-applicable'
  count: number
  first_at?: string | null
  last_at?: string | null
}
export type Checklist = components['schemas']['ChecklistItem']

export interface CarsInside {
  at?: string | null
  listed: number
  known: number
  unknown_here: unknown[]
  not_listed: unknown[]
}
export interface Charge {
  order_no: string
  lot: string
  plate?: string | null
  started_at: string
  ended_at: string
  energy_kwh?: string | null
  total_fee?: string | null
  station: string
  device: string
  record_id?: string | null
}

// Providers and keys

export const standards = ['huzhou', 'shenzhen', 'ningbo', 'isp', 'yunkuaichong'] as const

export type DeadlineState = 'running' | 'warned50' | 'warned80' | 'overdue' | 'met'
export type Deadline = components['schemas']['DeadlineItem']
export type Credential = Omit<components['schemas']['CredentialItem'], 'state'> & { state: 'current' | 'ending' | 'ended' }
export interface ProviderBase {
  name: string
  contact: string
  credit_code: string
  address: string
  phone: string
}
export type Provider = components['schemas']['ProviderItem']
export type WholeProvider = Omit<components['schemas']['ProviderPage'], 'credentials'> & { credentials: Credential[] }
export interface NewProvider extends Partial<ProviderBase> {
  code?: string
  name: string
  notified_at?: string
}
export interface ProviderChange extends Partial<NewProvider> {
  revision?: string
}
export interface NewCredential {
  overlap_days?: number
  to?: 'answer' | 'account'
}
export type IssuedCredential = components['schemas']['KeyIssued']
export type Handover = components['schemas']['HandoverItem']

// Registrations

export const registrationStates = ['submitted', 'asked', 'approved', 'refused', 'withdrawn'] as const
export type RegistrationState = (typeof registrationStates)[number]

/** What is missing of a position is left to the platform to refuse at its field. */
export interface RegistrationLot extends Omit<LotBase, 'gates' | 'category'> {
  category?: string | null
}
export interface RegistrationForm {
  name: string
  credit_code: string
  contact: { name: string; phone: string; email?: string }
  address: string
  standards: string[]
  vendor?: string
  note?: string
  lots: RegistrationLot[]
}
export type RegistrationFile = components['schemas']['RegistrationFile']
/** A line of the office's list. */
export type RegistrationRow = components['schemas']['RegistrationSummary']
export interface Registration extends RegistrationForm {
  id: string
  state: RegistrationState
  submitted_at: string
  files: RegistrationFile[]
  messages: { at: string; from: 'office' | 'applicant'; text: string }[]
  account?: { login: string; collected: boolean } | null
  provider?: string | null
}
export type RegistrationAction =
  { action: 'ask' | 'comment'; text: string } | { action: 'refuse'; reason: string } |
  { action: 'approve'; provider?: string; district?: string; login?: string }

// The list of market supervision

export const businessStates = ['connected', 'registered', 'unknown', 'not-required'] as const
export type BusinessState = (typeof businessStates)[number]
export const businessColumns = ['credit_code', 'name', 'address', 'district', 'registered_at'] as const
export type BusinessColumn = (typeof businessColumns)[number]
export type BusinessMapping = Record<BusinessColumn, number | null>

export type Business = components['schemas']['BusinessItem']
export interface BusinessChange {
  obstacle?: string | null
  assignee?: string | null
  next_at?: string | null
  state?: BusinessState
  note?: string
  provider?: string | null
  notified_at?: string | null
  revision?: string
}
export type BusinessPreview = components['schemas']['BusinessPreview']
export type BusinessImport = components['schemas']['BusinessesImported']
export interface BusinessesFilter {
  district?: string
  state?: BusinessState
  q?: string
  assignee?: string
  overdue?: boolean
}

// Overview, search, system

export type Need = components['schemas']['Need']
/** A platform may leave parts out; what it leaves out is not drawn. */
export type Overview = components['schemas']['Overview']

export type Found = components['schemas']['SearchResult']

export type SystemState = components['schemas']['System']
