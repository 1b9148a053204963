import type { OfficeLot } from '../../../api/office'
import type { LotFeature } from '../../../api/types'

/** A lot of the office's list as the map draws lots; null where it has not said where it is. */
export function featureOf(lot: OfficeLot): LotFeature | null {
  if (lot.longitude == null || lot.latitude == null) return null
  const { code, name, kind, address, district, spaces_total, charging_spaces, accessible_spaces, status } = lot
  return {
    type: 'Feature',
    geometry: { type: 'Point', coordinates: [lot.longitude, lot.latitude] },
    properties: {
      code, name, kind, address, district, spaces_total, charging_spaces, accessible_spaces, status, vacant: lot.reported ?? null, charging_vacant: lot.charging_vacant ?? null,
      as_of: lot.reported_at ?? null, distance_m: null,
    },
  }
}
