import type { LocationQuery } from 'vue-router'

import type { LotFeature, LotKind } from '../../api/types'
import { hasChargers, toldVacant } from '../../parking/vacancy'
import { metresBetween } from './distance'

/** What a lot must have: spaces now, chargers, accessible spaces, spaces to reserve, offers off peak. */
export const wants = ['free', 'charging', 'accessible', 'reservable', 'off-peak'] as const
export type Want = (typeof wants)[number]

/** Codes of the lots that take reservations, and of those that sell parking off peak. */
export type LotOffers = Readonly<Record<'reservable' | 'off-peak', ReadonlySet<string>>>
export const noOffers: LotOffers = { reservable: new Set(), 'off-peak': new Set() }

/** What no lot of the city offers is nothing to choose by. */
export const wantsOf = (offers: LotOffers): Want[] =>
  wants.filter((want) => (want !== 'reservable' && want !== 'off-peak') || offers[want].size > 0)

export interface LotFilterState {
  words: string
  kind: LotKind | ''
  district: string
  wants: readonly Want[]
  sort: 'distance' | 'vacant'
}

export const everyLot: LotFilterState = { words: '', kind: '', district: '', wants: [], sort: 'distance' }

export interface ListedLot {
  lot: LotFeature
  /** null for a lot that has not said where it is. */
  metres: number | null
}

/** Whether a text holds a word as it is typed: in letters of pinyin, once these were fetched. */
export type Matches = (text: string, word: string) => boolean

export const plainly: Matches = (text, word) => text.toLowerCase().includes(word)

/** Words in any order: "湖州 医院" is how people type. */
export const wordsIn = (typed: string): string[] => typed.toLowerCase().split(/\s+/).filter(Boolean)

/** The lots a reader asked for, in the order asked for. */
export function filterLots(lots: Iterable<LotFeature>, filter: LotFilterState, centre: readonly number[], matches: Matches = plainly, offers = noOffers): ListedLot[] {
  const words = wordsIn(filter.words)
  const chosen: ListedLot[] = []
  for (const lot of lots) {
    const { kind, district, name, address, code } = lot.properties
    if (filter.kind && kind !== filter.kind) continue
    if (filter.district && district !== filter.district) continue
    if (!filter.wants.every((want) => has(lot, want, offers))) continue
    if (!words.every((word) => plainly(`${name} ${address} ${code}`, word) || matches(name, word) || matches(address, word))) continue
    chosen.push({ lot, metres: lot.geometry ? metresBetween(centre, lot.geometry.coordinates) : null })
  }
  const vacant = (each: ListedLot): number => toldVacant(each.lot.properties) ?? -1
  const far = (each: ListedLot): number => each.metres ?? Number.MAX_VALUE
  return chosen.sort((a, b) =>
    filter.sort === 'vacant' ? vacant(b) - vacant(a) || far(a) - far(b) : far(a) - far(b),
  )
}

function has({ properties }: LotFeature, want: Want, offers: LotOffers): boolean {
  switch (want) {
    case 'free': return (toldVacant(properties) ?? 0) > 0
    case 'charging': return hasChargers(properties)
    case 'accessible': return properties.accessible_spaces > 0
    case 'reservable':
    case 'off-peak': return offers[want].has(properties.code)
  }
}

const word = (value: unknown): string => typeof value === 'string' ? value : ''

/** The filter of an address. */
export function filterOf(query: LocationQuery): LotFilterState {
  const kind = word(query.kind)
  return {
    words: word(query.q),
    kind: kind === 'on-street' || kind === 'off-street' ? kind : '',
    district: word(query.district),
    wants: wants.filter((want) => query[want] === '1'),
    sort: query.sort === 'vacant' ? 'vacant' : 'distance',
  }
}

/** The same as an address holds it; what asks for nothing is left out of it. */
export const queryOf = ({ words, kind, district, wants: chosen, sort }: LotFilterState): Record<string, string | undefined> => ({
  q: words || undefined, kind: kind || undefined, district: district || undefined, sort: sort === 'vacant' ? sort : undefined,
  ...Object.fromEntries(wants.map((want) => [want, chosen.includes(want) ? '1' : undefined])),
})
