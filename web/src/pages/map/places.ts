// Places that a map of vector tiles knows by name: towns, quarters, streets and what stands in them, of the tiles that it
// has drawn. There is no other directory of places: none is asked.
import type { Geometry, Position } from 'geojson'
import type { Map as MapView } from 'maplibre-gl'

import { language } from '../../i18n'

export interface NamedPlace {
  name: string
  at: [longitude: number, latitude: number]
}

/** Layers of Protomaps' schema, the larger things first. */
const layers = ['places', 'pois', 'roads'] as const
/** More are no help to choose from. */
const placesMax = 6

export function placesOf(map: MapView, isSought: (name: string) => boolean): NamedPlace[] {
  if (map.getSource('tiles')?.type !== 'vector') return []
  const found = new Map<string, NamedPlace>()
  for (const sourceLayer of layers) {
    for (const { properties, geometry } of map.querySourceFeatures('tiles', { sourceLayer })) {
      const names: unknown[] = [properties[language.value === 'zh' ? 'name:zh-Hans' : 'name:en'], properties.name]
      const name = names.find((each): each is string => typeof each === 'string' && isSought(each))
      const at = name && pointOf(geometry)
      if (name && at && !found.has(name)) found.set(name, { name, at })
      if (found.size >= placesMax) return [...found.values()]
    }
  }
  return [...found.values()]
}

/** Somewhere on it: a point itself, of a line its middle. */
function pointOf(geometry: Geometry): [number, number] | null {
  const middle = (line: Position[] | undefined): [number, number] | null => {
    const [longitude, latitude] = line?.[Math.floor(line.length / 2)] ?? []
    return longitude == null || latitude == null ? null : [longitude, latitude]
  }
  switch (geometry.type) {
    case 'Point': return middle([geometry.coordinates])
    case 'LineString': return middle(geometry.coordinates)
    case 'MultiLineString':
    case 'Polygon': return middle(geometry.coordinates[0])
    default: return null
  }
}
