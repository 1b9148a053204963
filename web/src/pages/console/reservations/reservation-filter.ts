import type { LocationQuery } from 'vue-router'

import type { ReservationsFilter } from '../../../api/reservation-office'
import { reservationStates, type ReservationState } from '../../../api/reservations'
import { dayBegins, dayEnds } from '../../../time/clock'
import { filterOf } from '../filter'
import { filterQuery } from '../saved-filters'

/** The filters of the list in its address: days of the city, states by their names. */
export const reservationFilterNames = ['state', 'lot', 'provider', 'district', 'from', 'to'] as const

/** Of which more is to come. */
const overStates: readonly ReservationState[] = ['left', 'no-show', 'cancelled', 'expired', 'refused']
export const openReservationStates = reservationStates.filter((state) => !overStates.includes(state))
export const openStates = 'open'
export const reservationStateChoices = [...reservationStates, openStates] as const

/** What is asked of the platform. The days are those for which cars are expected, the last one included. */
export function reservationsFilterOf(query: LocationQuery, only?: ReservationState): ReservationsFilter {
  const { state, from, to, ...words } = Object.fromEntries(Object.entries(filterQuery(query, reservationFilterNames)).map(([name, value]) => [name, value.trim()]))
  const chosen = only ?? filterOf(state, reservationStateChoices)
  return {
    ...words, from: dayBegins(from ?? ''), to: dayEnds(to ?? ''),
    state: chosen === openStates ? openReservationStates : chosen ? [chosen] : undefined,
  }
}
