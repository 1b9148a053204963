// Lots, providers and their keys: what the office reads and changes of the registry.
import { answerOf } from './client'
import {
  fileBody, office, type CarsInside, type Charge, type Checklist, type Handover, type HistoryEntry, type IssuedCredential, type LotChange,
  type LotPage, type LotsFilter, type NewCredential, type NewLot, type NewProvider, type OfficeLot, type Provider, type ProviderChange,
  type WholeProvider,
} from './office'
import type { Page } from './types'

interface Paging {
  limit?: number
  cursor?: string
}

export const fetchLotPage = (query: LotsFilter & Paging): Promise<LotPage> =>
  answerOf(office.GET<LotPage>('/api/v1/lots', { params: { query } }))

export const fetchLotTable = (query: LotsFilter & { format: 'csv' | 'xlsx'; lang: string }): Promise<Blob> =>
  answerOf(office.GET<Blob>('/api/v1/lots/table', { params: { query }, parseAs: 'blob' }))

export const fetchOfficeLot = (code: string): Promise<OfficeLot> =>
  answerOf(office.GET<OfficeLot>('/api/v1/lots/{code}', { params: { path: { code } } }))

export const createLot = (body: NewLot): Promise<OfficeLot> => answerOf(office.POST<OfficeLot>('/api/v1/lots', { body }))

export const changeLot = (code: string, body: LotChange): Promise<OfficeLot> =>
  answerOf(office.PATCH<OfficeLot>('/api/v1/lots/{code}', { params: { path: { code } }, body }))

export const fetchLotHistory = (code: string, query: Paging): Promise<Page<HistoryEntry>> =>
  answerOf(office.GET<Page<HistoryEntry>>('/api/v1/lots/{code}/history', { params: { path: { code }, query } }))

export const fetchChecklist = (code: string): Promise<Checklist[]> =>
  answerOf(office.GET<{ items: Checklist[] }>('/api/v1/lots/{code}/checklist', { params: { path: { code } } })).then(({ items }) => items)

export const addTariffPicture = (code: string, file: Blob): Promise<{ id: string }> =>
  answerOf(office.POST<{ id: string }>('/api/v1/lots/{code}/pictures', { params: { path: { code } }, ...fileBody(file) }))

export const removeTariffPicture = (code: string, id: string): Promise<unknown> =>
  answerOf(office.DELETE('/api/v1/lots/{code}/pictures/{id}', { params: { path: { code, id } } }))

export const fetchFile = (id: string, signal?: AbortSignal): Promise<Blob> =>
  answerOf(office.GET<Blob>('/api/v1/files/{id}', { params: { path: { id } }, parseAs: 'blob', signal }))

export const fetchCarsInside = (code: string, at: string): Promise<CarsInside> =>
  answerOf(office.GET<CarsInside>('/api/v1/lots/{code}/cars-inside', { params: { path: { code }, query: { at } } }))

export const fetchCharges = (lot: string, query: Paging): Promise<Page<Charge>> =>
  answerOf(office.GET<Page<Charge>>('/api/v1/charging-records', { params: { query: { lot, ...query } } }))

export const fetchProviders = (query: { q?: string; state?: string } & Paging): Promise<Page<Provider>> =>
  answerOf(office.GET<Page<Provider>>('/api/v1/providers', { params: { query } }))

export const fetchProvider = (code: string): Promise<WholeProvider> =>
  answerOf(office.GET<WholeProvider>('/api/v1/providers/{code}', { params: { path: { code } } }))

export const createProvider = (body: NewProvider): Promise<Provider> => answerOf(office.POST<Provider>('/api/v1/providers', { body }))

export const changeProvider = (code: string, body: ProviderChange): Promise<Provider> =>
  answerOf(office.PATCH<Provider>('/api/v1/providers/{code}', { params: { path: { code } }, body }))

export const fetchProviderHistory = (code: string, query: Paging): Promise<Page<HistoryEntry>> =>
  answerOf(office.GET<Page<HistoryEntry>>('/api/v1/providers/{code}/history', { params: { path: { code }, query } }))

/** Issues the first key of a standard, or rotates it: the former one holds for the days of overlap. */
export const issueCredential = (code: string, standard: string, body: NewCredential): Promise<IssuedCredential> =>
  answerOf(office.POST<IssuedCredential>('/api/v1/providers/{code}/credentials/{standard}', { params: { path: { code, standard } }, body }))

export const revokeCredential = (code: string, standard: string, id: string): Promise<unknown> =>
  answerOf(office.DELETE('/api/v1/providers/{code}/credentials/{standard}/{id}', { params: { path: { code, standard, id } } }))

export const fetchHandovers = (code: string): Promise<Handover[]> =>
  answerOf(office.GET<Page<Handover>>('/api/v1/providers/{code}/handovers', { params: { path: { code } } })).then(({ items }) => items)

/** Told once, to a person of the provider. */
export const collectHandover = (code: string, id: string): Promise<{ standard: string; fields: Record<string, string> }> =>
  answerOf(office.POST<{ standard: string; fields: Record<string, string> }>(
    '/api/v1/providers/{code}/handovers/{id}', { params: { path: { code, id } } },
  ))
