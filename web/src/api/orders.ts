// Orders to correct: drafted of a case, issued, served, answered, and what follows.
import { answerOf, client } from './client'
import { fileBody, office } from './office'
import { mannerValues, orderSeverityValues, orderStateValues, type components, type paths } from './schema'
import type { Page } from './types'

type Schemas = components['schemas']

export type Order = Schemas['OrderItem']
export type WholeOrder = Schemas['OrderPage']
export type OrderContent = Schemas['OrderContent']
export type OrderEntry = Schemas['OrderEntry']
export type OrderFinding = Schemas['OrderFindingItem']
export type OrderAction = Schemas['OrderAction']
export type OrderState = Schemas['OrderState']
export type OrderAct = Schemas['OrderAct']
export type OrderFile = Schemas['FileItem']
export type OrdersFilter = NonNullable<paths['/api/v1/orders']['get']['parameters']['query']>

export const orderStates = orderStateValues
export const manners = mannerValues
/** The milder first: each is more than the one before. */
export const orderSeverities = orderSeverityValues
export type OrderPaper = 'order' | 'receipt' | 'review'

const at = (id: string) => ({ params: { path: { id } } })

export const fetchOrders = (query: OrdersFilter): Promise<Page<Order>> => answerOf(client.GET('/api/v1/orders', { params: { query } }))

export const fetchOrder = (id: string): Promise<WholeOrder> => answerOf(client.GET('/api/v1/orders/{id}', at(id)))

/** What others did since `revision` is answered with 409. */
export const actOnOrder = (id: string, body: OrderAct): Promise<WholeOrder> =>
  answerOf(client.POST('/api/v1/orders/{id}/actions', { ...at(id), body }))

/** A file is there first; an answer or an objection then names its id. */
export const addOrderFile = (id: string, file: File): Promise<OrderFile> =>
  answerOf(office.POST<OrderFile>('/api/v1/orders/{id}/files', { ...fileBody(file), params: { path: { id }, query: { name: file.name } } }))

/** The signed evidence. There are plates in it: the password is asked for once more. */
export const fetchOrderPackage = (id: string): Promise<Blob> =>
  answerOf<unknown>(client.GET('/api/v1/orders/{id}/package', { ...at(id), parseAs: 'blob' })).then((bytes) => bytes as Blob)

/** A paper's page; of the reviews issued the one of that place, from 1. */
export const paperAddress = (id: string, paper: OrderPaper, review?: number): string =>
  `/api/v1/orders/${encodeURIComponent(id)}/document?paper=${paper}${review ? `&review=${review}` : ''}`

/** What a package is held against: `bowei verify --key`. */
export const evidenceKeyAddress = '/open/v1/evidence-key'

/** Drafts an order of a case; the case then says which. */
export async function draftOrder(id: string, revision: number): Promise<string | null> {
  const drafted = await answerOf(client.POST('/api/v1/cases/{id}/actions', { ...at(id), body: { action: 'order', revision } }))
  return drafted.order ?? null
}
