// What the platform says of itself, to everybody.
import { queryOptions } from '@tanstack/vue-query'

import { answerOf, client } from './client'
import { openKey } from './queries'
import type { components } from './schema'

export type AvailableDay = components['schemas']['AvailableDay']
export type QualityPeriod = components['schemas']['QualityPeriod']
export type Week = components['schemas']['WeekItem']

export const accountabilityQuery = queryOptions({ queryKey: openKey('accountability'), queryFn: () => answerOf(client.GET('/open/v1/accountability')) })

/** Worked out once a night. */
export const dataQualityQuery = queryOptions({ queryKey: openKey('data-quality'), queryFn: () => answerOf(client.GET('/open/v1/data-quality')), staleTime: 10 * 60_000 })
