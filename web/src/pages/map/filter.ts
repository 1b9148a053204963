import type { LotFeature, LotKind } from '../../api/types'
import { metresBetween } from './distance'
import { toldVacant } from '../../parking/vacancy'

export interface LotFilterState {
  words: string
  kind: LotKind | ''
  district: string
  sort: 'distance' | 'vacant'
}

export interface ListedLot {
  lot: LotFeature
  /** null for a lot that has not said where it is. */
  metres: number | null
}

/** The lots a reader asked for, in the order asked for. */
export function filterLots(lots: Iterable<LotFeature>, filter: LotFilterState, centre: readonly number[]): ListedLot[] {
  // All words must be found, in any order: "湖州 医院" is how people type.
  const words = filter.words.toLowerCase().split(/\s+/).filter(Boolean)
  const chosen: ListedLot[] = []
  for (const lot of lots) {
    const { kind, district, name, address, code } = lot.properties
    if (filter.kind && kind !== filter.kind) continue
    if (filter.district && district !== filter.district) continue
    const text = `${name} ${address} ${code}`.toLowerCase()
    if (!words.every((word) => text.includes(word))) continue
    chosen.push({ lot, metres: lot.geometry ? metresBetween(centre, lot.geometry.coordinates) : null })
  }
  const vacant = (each: ListedLot): number => toldVacant(each.lot.properties) ?? -1
  const far = (each: ListedLot): number => each.metres ?? Number.MAX_VALUE
  return chosen.sort((a, b) =>
    filter.sort === 'vacant' ? vacant(b) - vacant(a) || far(a) - far(b) : far(a) - far(b),
  )
}
