import { t } from '../../i18n/map'

const earthRadius = 6_371_008

/** Metres over the ground; the haversine formula is exact enough within a city. */
export function metresBetween(a: readonly number[], b: readonly number[]): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180
  const [lonA = 0, latA = 0] = a
  const [lonB = 0, latB = 0] = b
  const h =
    Math.sin(radians(latB - latA) / 2) ** 2 +
    Math.cos(radians(latA)) * Math.cos(radians(latB)) * Math.sin(radians(lonB - lonA) / 2) ** 2
  return 2 * earthRadius * Math.asin(Math.min(1, Math.sqrt(h)))
}

export function distanceWords(metres: number): string {
  if (metres < 1_000) return t('distance.m', { n: Math.round(metres / 10) * 10 })
  return t('distance.km', { n: (metres / 1_000).toFixed(metres < 10_000 ? 1 : 0) })
}
