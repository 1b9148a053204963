// Shared parking at off-peak hours, and what charging takes off a stay.
import { answerOf, client } from './client'
import type { components, paths } from './schema'
import type { Page } from './types'

type Schemas = components['schemas']
type Query<Path extends '/api/v1/off-peak-packages' | '/api/v1/off-peak-orders'> = paths[Path]['get']['parameters']['query']

export const shelves = ['on', 'off'] as const
export type OffPeakPackage = Schemas['OffPeakPackageItem']
export type OffPeakOrder = Schemas['OffPeakOrderItem']
export type OffPeakDay = Schemas['OffPeakDay']
export type StayRelief = Schemas['StayRelief']

export const fetchOffPeakPackages = (query: Query<'/api/v1/off-peak-packages'>): Promise<Page<OffPeakPackage>> =>
  answerOf(client.GET('/api/v1/off-peak-packages', { params: { query } }))

export const fetchOffPeakOrders = (query: Query<'/api/v1/off-peak-orders'>): Promise<Page<OffPeakOrder>> =>
  answerOf(client.GET('/api/v1/off-peak-orders', { params: { query } }))

export const fetchOffPeakDay = (code: string, day?: string): Promise<OffPeakDay> =>
  answerOf(client.GET('/api/v1/lots/{code}/off-peak', { params: { path: { code }, query: { day } } }))

export const fetchRelief = (lot: string, record_id: string): Promise<StayRelief> =>
  answerOf(client.GET('/api/v1/relief', { params: { query: { lot, record_id } } }))
