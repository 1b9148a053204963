import type { LotFeature, LotKind } from '../api/types'
import { metresBetween } from './distance'
import { toldVacant } from './vacancy'

export interface Choice {
  words: string
  kind: LotKind | ''
  district: string
  sort: 'distance' | 'vacant'
}

export interface ChosenLot {
  lot: LotFeature
  /** null for a lot that has not said where it is. */
  metres: number | null
}

/** The lots a reader asked for, in the order asked for. */
export function choose(lots: Iterable<LotFeature>, choice: Choice, centre: readonly number[]): ChosenLot[] {
  // All words must be found, in any order: "湖州 医院" is how people type.
  const words = choice.words.toLowerCase().split(/\s+/).filter(Boolean)
  const chosen: ChosenLot[] = []
  for (const lot of lots) {
    const { kind, district, name, address, code } = lot.properties
    if (choice.kind && kind !== choice.kind) continue
    if (choice.district && district !== choice.district) continue
    const text = `${name} ${address} ${code}`.toLowerCase()
    if (!words.every((word) => text.includes(word))) continue
    chosen.push({ lot, metres: lot.geometry ? metresBetween(centre, lot.geometry.coordinates) : null })
  }
  const vacant = (each: ChosenLot): number => toldVacant(each.lot.properties) ?? -1
  const far = (each: ChosenLot): number => each.metres ?? Number.MAX_VALUE
  return chosen.sort((a, b) =>
    choice.sort === 'vacant' ? vacant(b) - vacant(a) || far(a) - far(b) : far(a) - far(b),
  )
}
