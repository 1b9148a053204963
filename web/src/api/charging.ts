import { answerOf, client } from './client'
import type { components } from './schema'
import type { Page } from './types'

export type ChargingRecord = components['schemas']['ChargingItem']

export const fetchChargingRecords = (query: { lot?: string; order_no?: string; limit?: number; cursor?: string }): Promise<Page<ChargingRecord>> =>
  answerOf(client.GET('/api/v1/charging-records', { params: { query } }))
