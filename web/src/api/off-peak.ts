// Shared parking at off-peak hours, and what charging takes off a stay. By hand until openapi.json describes them.
import { answerOf } from './client'
import { office, type ReliefRules } from './office'
import type { Page } from './types'

export const shelves = ['on', 'off'] as const
export type Shelf = (typeof shelves)[number]

export interface OffPeakFilter {
  lot?: string
  service_code?: string
}

export interface OffPeakPackage {
  lot: string
  lot_name?: string | null
  package_no: string
  permit_no: string | null
  service_code: string
  /** In the service's own numbering. */
  package_kind: number
  /** Yuan, a decimal string. */
  price: string
  shelf: Shelf
  said_at: string
}

export interface OffPeakOrder {
  lot: string
  lot_name?: string | null
  order_no: string
  service_code: string
  package_no: string
  plate: string | null
  amount: string
  status: number
  valid_from: string
  valid_until: string
  /** The first stay of its car in that time. */
  stay: { record_id: string; entered_at: string; left_at: string | null } | null
  said_at: string
}

export interface OffPeakDay {
  lot: string
  day: string
  packages_on_shelf: number
  orders: number
  amount: string
  with_stay: number | null
  /** The lot has more orders than were gone through. */
  incomplete: boolean
}

export interface StayRelief {
  lot: string
  record_id: string
  entered_at: string | null
  relief: { minutes: number; kwh: string; orders: string[] } | null
  why: 'no-rules' | 'no-charge' | 'too-little' | 'had-today' | null
  rules: ReliefRules | null
}

interface Paging {
  limit?: number
  cursor?: string
}

export const fetchOffPeakPackages = (query: OffPeakFilter & { shelf?: Shelf } & Paging): Promise<Page<OffPeakPackage>> =>
  answerOf(office.GET<Page<OffPeakPackage>>('/api/v1/off-peak-packages', { params: { query } }))

export const fetchOffPeakOrders = (query: OffPeakFilter & Paging): Promise<Page<OffPeakOrder>> =>
  answerOf(office.GET<Page<OffPeakOrder>>('/api/v1/off-peak-orders', { params: { query } }))

export const fetchOffPeakDay = (code: string, day?: string): Promise<OffPeakDay> =>
  answerOf(office.GET<OffPeakDay>('/api/v1/lots/{code}/off-peak', { params: { path: { code }, query: { day } } }))

export const fetchRelief = (lot: string, record_id: string): Promise<StayRelief> =>
  answerOf(office.GET<StayRelief>('/api/v1/relief', { params: { query: { lot, record_id } } }))
