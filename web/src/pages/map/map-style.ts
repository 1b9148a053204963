import type { FeatureCollection, Point } from 'geojson'
import type { StyleSpecification } from 'maplibre-gl'

import type { LotFeature, Settings } from '../../api/types'
import { t } from '../../i18n/map'
import { districtName, districts } from '../../parking/districts'
import { levelOf, levels } from '../../parking/vacancy'
import { colour } from '../../ui/theme'
import outlines from '../../parking/huzhou-districts.json'
import { districtMark, dotName, numberName } from './marks'

/** From this zoom on there is room for the number of vacant spaces. */
const numbersFrom = 11.5

export function lotPoints(lots: Iterable<LotFeature>): FeatureCollection<Point> {
  const features: FeatureCollection<Point>['features'] = []
  for (const { geometry, properties } of lots) {
    if (!geometry) continue
    const level = levelOf(properties)
    features.push({
      type: 'Feature',
      geometry: { type: 'Point', coordinates: geometry.coordinates },
      properties: {
        code: properties.code,
        dot: dotName(level),
        number: numberName(properties),
        // A lot with room is drawn over one without: it is what the reader looks for.
        order: -levels.indexOf(level),
      },
    })
  }
  return { type: 'FeatureCollection', features }
}

function namePoints(): FeatureCollection<Point> {
  return {
    type: 'FeatureCollection',
    features: districts.map(({ code, label }) => ({
      type: 'Feature',
      geometry: { type: 'Point', coordinates: label },
      properties: { mark: districtMark(districtName(code)) },
    })),
  }
}

/** The whole style, in the colours and the language of the moment. */
export function mapStyle(settings: Settings, lots: Iterable<LotFeature>, chosen: string): StyleSpecification {
  const tiled = Boolean(settings.tile_url)
  const style: StyleSpecification = {
    version: 8,
    sources: {
      districts: { type: 'geojson', data: outlines as FeatureCollection, attribution: t('map.outlines') },
      names: { type: 'geojson', data: namePoints() },
      lots: { type: 'geojson', data: lotPoints(lots) },
    },
    layers: [
      { id: 'outside', type: 'background', paint: { 'background-color': colour('map-outside') } },
      {
        id: 'land', type: 'fill', source: 'districts',
        paint: { 'fill-color': colour('map-land'), 'fill-opacity': tiled ? 0 : 1 },
      },
      {
        id: 'borders', type: 'line', source: 'districts',
        paint: { 'line-color': colour('map-border'), 'line-width': ['interpolate', ['linear'], ['zoom'], 8, 1, 13, 2] },
      },
      {
        id: 'chosen', type: 'circle', source: 'lots', filter: ['==', ['get', 'code'], chosen],
        paint: {
          'circle-radius': 17, 'circle-color': colour('accent'), 'circle-opacity': 0.22,
          'circle-stroke-width': 2, 'circle-stroke-color': colour('accent'),
        },
      },
      {
        id: 'dots', type: 'symbol', source: 'lots',
        layout: {
          'icon-image': ['get', 'dot'], 'icon-allow-overlap': true, 'symbol-sort-key': ['get', 'order'],
          'icon-size': ['interpolate', ['linear'], ['zoom'], 8, 0.6, 11, 0.85, 13, 1],
        },
      },
      {
        id: 'numbers', type: 'symbol', source: 'lots', minzoom: numbersFrom, filter: ['!=', ['get', 'number'], ''],
        layout: { 'icon-image': ['get', 'number'], 'icon-padding': 1, 'symbol-sort-key': ['-', 0, ['get', 'order']] },
      },
      // Over the lots, and placed before their numbers, which make way: a district of many lots keeps its name.
      {
        id: 'names', type: 'symbol', source: 'names', maxzoom: 12.5,
        layout: { 'icon-image': ['get', 'mark'], 'icon-allow-overlap': true },
      },
    ],
  }
  if (settings.tile_url) {
    style.sources.tiles = {
      type: 'raster', tiles: [settings.tile_url], tileSize: 256, attribution: settings.tile_attribution ?? '',
    }
    style.layers.splice(2, 0, { id: 'tiles', type: 'raster', source: 'tiles' })
  }
  return style
}
