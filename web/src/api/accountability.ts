// What the platform says of itself, to everybody.
import { queryOptions } from '@tanstack/vue-query'

import { answerOf, client } from './client'
import { openKey } from './queries'
import type { components } from './schema'

export type Availability = components['schemas']['Availability']
export type AvailableDay = components['schemas']['AvailableDay']
export type Week = components['schemas']['WeekItem']

export const availabilityQuery = queryOptions({ queryKey: openKey('availability'), queryFn: () => answerOf(client.GET('/open/v1/availability')) })

export const accountabilityQuery = queryOptions({ queryKey: openKey('accountability'), queryFn: () => answerOf(client.GET('/open/v1/accountability')) })
