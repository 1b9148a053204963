// What is read from the platform, by the name under which the query cache keeps it.
import { QueryClient, queryOptions, type UseQueryReturnType } from '@tanstack/vue-query'
import { shallowRef, watch, type ShallowRef } from 'vue'

import {
  fetchAvailability, fetchCounts, fetchLot, fetchPublicLot, fetchPublicLots, fetchPublicStats, fetchSettings, fetchStats,
} from './client'
import { fetchForecast, fetchHistory, fetchLotDetails, fetchOffers } from './driver'
import { problemOf, type ApiProblem } from './problem'
import { fetchReservableLot } from './reservations'
import { isSignedIn, readerKey } from './session'

/** Answers are read, never changed in place: what lies in them need not be watched. */
const shallow = { shallow: true }

export const queryClient = new QueryClient({
  defaultOptions: {
    // A reader is told at once what went wrong and has a button. A page on a gateway's or a city's own
    // network may well reach the platform where the browser thinks itself offline.
    queries: { retry: false, refetchOnWindowFocus: false, networkMode: 'always', ...shallow },
    mutations: { retry: false, networkMode: 'always' },
  },
})

export const openKey = (...about: string[]) => ['open', ...about] as const

/** Two readers need not see the same: what was read by one is never shown to another. */
export const apiKey = (...about: string[]) => ['api', readerKey.value, ...about] as const

watch(readerKey, (_, former) => queryClient.removeQueries({ queryKey: ['api', former] }), { flush: 'post' })

export const settingsQuery = queryOptions({
  queryKey: openKey('settings'), queryFn: fetchSettings,
  // They do not change while a page is open.
  staleTime: Infinity,
})

export const publicStatsQuery = queryOptions({ queryKey: openKey('stats'), queryFn: fetchPublicStats })

/** The platform's own, which changes slowly. */
export const availabilityQuery = queryOptions({ queryKey: openKey('availability'), queryFn: fetchAvailability, staleTime: 10 * 60_000 })

/** All lots by their codes; the stream's changes are written into it. */
export const publicLotsQuery = queryOptions({
  queryKey: openKey('lots'),
  queryFn: async () => new Map((await fetchPublicLots()).map((feature) => [feature.properties.code, feature])),
  structuralSharing: false,
})

/** What lots offer changes by hand. */
export const lotOffersQuery = queryOptions({
  queryKey: openKey('offers'),
  queryFn: async () => {
    const { reservable, off_peak } = await fetchOffers()
    return { reservable: new Set(reservable), 'off-peak': new Set(off_peak) }
  },
  structuralSharing: false,
})

export const publicLotQuery = (code: string) =>
  queryOptions({ queryKey: openKey('lots', code), queryFn: () => fetchPublicLot(code) })

/** A forecast is of the moment: it is asked for again after a minute. */
export const forecastQuery = (code: string, minutes: readonly number[]) => queryOptions({
  queryKey: openKey('lots', code, 'forecast', minutes.join(',')), queryFn: () => fetchForecast(code, minutes), staleTime: 60_000,
})

export const lotDetailsQuery = (code: string) =>
  queryOptions({ queryKey: openKey('lots', code, 'details'), queryFn: () => fetchLotDetails(code), staleTime: 10 * 60_000 })

export const historyQuery = (code: string, date: string) =>
  queryOptions({ queryKey: openKey('lots', code, 'history', date), queryFn: () => fetchHistory(code, date), staleTime: 60_000 })

export const reservableLotQuery = (code: string) =>
  queryOptions({ queryKey: openKey('reservable', code), queryFn: () => fetchReservableLot(code), staleTime: 60_000 })

export const statsQuery = () => queryOptions({ queryKey: apiKey('stats'), queryFn: fetchStats })

export const lotQuery = (code: string) =>
  queryOptions({ queryKey: apiKey('lots', code), queryFn: () => fetchLot(code), enabled: isSignedIn.value })

const aDayMs = 24 * 3_600_000

/** The 24 hours before the moment of asking. */
export const dayOfCountsQuery = (code: string) =>
  queryOptions({
    queryKey: apiKey('lots', code, 'counts'),
    queryFn: async () => {
      const until = new Date()
      const from = new Date(until.getTime() - aDayMs)
      return { counts: await fetchCounts(code, from, until), from, until }
    },
    enabled: isSignedIn.value,
  })

type Failing = Pick<UseQueryReturnType<unknown, Error>, 'error' | 'isSuccess' | 'errorUpdateCount'>

/** The last failure, until an answer takes its place: it does not flicker while the question is put again. */
export function lastProblem({ error, isSuccess, errorUpdateCount }: Failing): ShallowRef<ApiProblem | null> {
  const problem = shallowRef<ApiProblem | null>(null)
  watch([error, isSuccess, errorUpdateCount], ([cause, answered, failures]) => {
    if (cause) problem.value = problemOf(cause)
    else if (answered || failures === 0) problem.value = null
  }, { immediate: true })
  return problem
}
