// Market supervision's list of registered businesses, and what else the office reads: overview, search, health.
import { answerOf } from './client'
import {
  fileBody, office, type Business, type BusinessChange, type BusinessesFilter, type BusinessImport, type BusinessMapping,
  type BusinessPreview, type Found, type Overview, type SystemState,
} from './office'
import type { Page } from './types'

export const previewBusinesses = (file: Blob): Promise<BusinessPreview> =>
  answerOf(office.POST<BusinessPreview>('/api/v1/businesses/preview', fileBody(file)))

export const importBusinesses = (file: Blob, mapping: BusinessMapping): Promise<BusinessImport> =>
  answerOf(office.POST<BusinessImport>('/api/v1/businesses/import', { ...fileBody(file), params: { query: { mapping: JSON.stringify(mapping) } } }))

export const fetchBusinesses = (query: BusinessesFilter & { limit?: number; cursor?: string }): Promise<Page<Business>> =>
  answerOf(office.GET<Page<Business>>('/api/v1/businesses', { params: { query } }))

export const changeBusiness = (id: string, body: BusinessChange): Promise<Business> =>
  answerOf(office.PATCH<Business>('/api/v1/businesses/{id}', { params: { path: { id } }, body }))

export const fetchOverview = (): Promise<Overview> => answerOf(office.GET<Overview>('/api/v1/overview'))

export const search = (q: string): Promise<Found> => answerOf(office.GET<Found>('/api/v1/search', { params: { query: { q } } }))

export const fetchSystem = (): Promise<SystemState> => answerOf(office.GET<SystemState>('/api/v1/system'))
