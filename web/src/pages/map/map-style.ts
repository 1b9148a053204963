import type { FeatureCollection, Point } from 'geojson'
import type { ExpressionSpecification, StyleSpecification } from 'maplibre-gl'

import type { LotFeature } from '../../api/types'
import { t } from '../../i18n/map'
import outlines from '../../parking/huzhou-districts.json'
import { districtName, districts } from '../../parking/districts'
import { colour } from '../../ui/theme'
import type { Basemap } from './basemap'
import type { Origin } from './origin'
import { barParts, chosenPoint, lotPoints } from './lot-points'
import { districtMark } from './marks'

/** Marks nearer than that would overlap: they become one with the sum. */
const clusterRadius = 54
/** From there on each lot stands for itself: nearer than that are only lots one above the other. */
const clusterMaxZoom = 16

const vacant: ExpressionSpecification = ['get', 'vacant']
const spaces: ExpressionSpecification = ['get', 'spaces']

/** The name of a sum's picture: as `lotMark`, of many lots. */
const sumMark: ExpressionSpecification = [
  'concat', 'sum|',
  ['case', ['==', spaces, 0], 'stale', ['==', vacant, 0], 'full', ['<=', ['*', vacant, 10], spaces], 'few', 'plenty'], '|',
  ['case', ['==', spaces, 0], '?', ['to-string', vacant]], '|',
  ['case', ['==', vacant, 0], '0', ['to-string', ['min', barParts, ['max', 1, ['round', ['/', ['*', barParts, vacant], spaces]]]]]], '|',
  ['to-string', ['get', 'point_count']],
]

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

export const originPoint = (origin: Origin | null): FeatureCollection<Point> => ({
  type: 'FeatureCollection',
  features: origin ? [{ type: 'Feature', geometry: { type: 'Point', coordinates: origin.at }, properties: {} }] : [],
})

export interface Shown {
  lots: ReadonlyMap<string, LotFeature>
  chosen: string
  origin: Origin | null
}

/** The whole style, in the colours and the language of the moment. */
export function mapStyle(under: Basemap, { lots, chosen, origin }: Shown): StyleSpecification {
  return {
    version: 8,
    ...(under.glyphs && { glyphs: under.glyphs }),
    ...(under.sprite && { sprite: under.sprite }),
    sources: {
      ...under.sources,
      districts: { type: 'geojson', data: outlines as FeatureCollection, attribution: t('map.outlines') },
      names: { type: 'geojson', data: namePoints() },
      origin: { type: 'geojson', data: originPoint(origin) },
      chosen: { type: 'geojson', data: chosenPoint(lots, chosen) },
      lots: {
        type: 'geojson', data: lotPoints(lots.values()), cluster: true, clusterRadius, clusterMaxZoom,
        clusterProperties: { vacant: ['+', vacant], spaces: ['+', spaces] },
      },
    },
    layers: [
      { id: 'outside', type: 'background', paint: { 'background-color': colour('map-outside') } },
      {
        id: 'land', type: 'fill', source: 'districts',
        paint: { 'fill-color': colour('map-land'), 'fill-opacity': under.covers ? 0 : 1 },
      },
      ...under.layers,
      {
        id: 'borders', type: 'line', source: 'districts',
        paint: {
          'line-color': colour('map-border'), 'line-width': ['interpolate', ['linear'], ['zoom'], 8, 1, 13, 2],
          'line-opacity': under.covers ? 0.6 : 1,
        },
      },
      {
        id: 'origin', type: 'circle', source: 'origin',
        paint: {
          'circle-radius': 7, 'circle-color': colour('accent'), 'circle-stroke-width': 3, 'circle-stroke-color': colour('map-halo'),
        },
      },
      {
        id: 'names', type: 'symbol', source: 'names', maxzoom: 12.5,
        layout: { 'icon-image': ['get', 'mark'], 'icon-allow-overlap': true, visibility: under.names ? 'none' : 'visible' },
      },
      {
        id: 'lots', type: 'symbol', source: 'lots', filter: ['!', ['has', 'point_count']],
        layout: {
          'icon-image': ['get', 'mark'], 'icon-allow-overlap': true, 'icon-anchor': 'bottom', 'symbol-sort-key': ['get', 'order'],
        },
      },
      {
        id: 'sums', type: 'symbol', source: 'lots', filter: ['has', 'point_count'],
        layout: { 'icon-image': sumMark, 'icon-allow-overlap': true, 'symbol-sort-key': vacant },
      },
      {
        id: 'chosen', type: 'circle', source: 'chosen',
        paint: {
          'circle-radius': 24, 'circle-translate': [0, -17], 'circle-color': colour('accent'), 'circle-opacity': 0.22,
          'circle-stroke-width': 2, 'circle-stroke-color': colour('accent'),
        },
      },
      {
        id: 'chosen-mark', type: 'symbol', source: 'chosen',
        layout: { 'icon-image': ['get', 'mark'], 'icon-allow-overlap': true, 'icon-anchor': 'bottom' },
      },
    ],
  }
}
