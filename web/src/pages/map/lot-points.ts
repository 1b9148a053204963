// Lots as points of a map, each with what its mark says.
import type { FeatureCollection, Point } from 'geojson'

import type { LotFeature, PublicLot } from '../../api/types'
import { levelOf, levels, toldVacant, type Level } from '../../parking/vacancy'

/** Parts of the bar. */
export const barParts = 5

/** How many parts of the bar are full: at least one where anything is free. */
export const partsOf = (vacant: number, total: number): number =>
  vacant <= 0 || total <= 0 ? 0 : Math.min(barParts, Math.max(1, Math.round((vacant / total) * barParts)))

/** What a lot's mark says: one without a number one can believe shows none. */
export function lotMark(lot: PublicLot): { level: Level; text: string; parts: number } {
  const vacant = toldVacant(lot)
  return {
    level: levelOf(lot), text: lot.status === 'closed' ? '×' : vacant == null ? '?' : String(vacant), parts: partsOf(vacant ?? 0, lot.spaces_total),
  }
}

export function lotPoints(lots: Iterable<LotFeature>): FeatureCollection<Point> {
  const features: FeatureCollection<Point>['features'] = []
  for (const { geometry, properties } of lots) {
    if (!geometry) continue
    const vacant = toldVacant(properties)
    features.push({
      type: 'Feature',
      geometry: { type: 'Point', coordinates: geometry.coordinates },
      properties: {
        code: properties.code,
        ...lotMark(properties),
        vacant: Math.max(0, vacant ?? 0),
        // Of the lots that tell a number: a silent lot's spaces would make the others look full.
        spaces: vacant == null ? 0 : properties.spaces_total,
        // A lot with room is drawn over one without: it is what the reader looks for.
        order: -levels.indexOf(levelOf(properties)),
      },
    })
  }
  return { type: 'FeatureCollection', features }
}

/** The chosen lot by itself: it is seen among others that are one sum. */
export function chosenPoint(lots: ReadonlyMap<string, LotFeature>, code: string): FeatureCollection<Point> {
  const chosen = lots.get(code)
  return lotPoints(chosen ? [chosen] : [])
}
