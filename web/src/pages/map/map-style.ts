import type { FeatureCollection, Point } from 'geojson'
import type { ExpressionSpecification, StyleSpecification, SymbolLayerSpecification } from 'maplibre-gl'

import type { LotFeature } from '../../api/types'
import { t } from '../../i18n/map'
import outlines from '../../parking/huzhou-districts.json'
import { districtName, districts } from '../../parking/districts'
import { levels } from '../../parking/vacancy'
import { colour } from '../../ui/theme'
import type { Basemap } from './basemap'
import type { Origin } from './origin'
import { barParts, chosenPoint, lotPoints } from './lot-points'
import { districtMark, inkOf, pin } from './marks'

/** Marks nearer than that would overlap: they become one with the sum. */
const clusterRadius = 54
/** From there on each lot stands for itself: nearer than that are only lots one above the other. */
const clusterMaxZoom = 16

const vacant: ExpressionSpecification = ['get', 'vacant']
const spaces: ExpressionSpecification = ['get', 'spaces']

// What a sum's mark says, as `lotMark` says it of a lot.
const sumLevel: ExpressionSpecification =
  ['case', ['==', spaces, 0], 'stale', ['==', vacant, 0], 'full', ['<=', ['*', vacant, 10], spaces], 'few', 'plenty']
const sumText: ExpressionSpecification = ['case', ['==', spaces, 0], '?', ['to-string', vacant]]
const sumParts: ExpressionSpecification =
  ['case', ['==', vacant, 0], 0, ['min', barParts, ['max', 1, ['round', ['/', ['*', barParts, vacant], spaces]]]]]

/** The name of the picture behind a number. */
const picture = (kind: 'lot' | 'sum', level: ExpressionSpecification, parts: ExpressionSpecification, text: ExpressionSpecification): ExpressionSpecification =>
  ['concat', kind, '|', level, '|', ['to-string', parts], '|', ['to-string', ['length', text]]]

const ink = (level: ExpressionSpecification): ExpressionSpecification =>
  ['match', level, ...levels.flatMap((each) => [each, inkOf(each)]), inkOf('stale')] as unknown as ExpressionSpecification

/** MapLibre reads how bold it is from the name and takes what the machine has. */
const bold = ['Noto Sans Bold']
const numberSize = 14

/** “22 场” as parts of a text, of which the number is the map's. */
function lotsWords(): [string, ExpressionSpecification, string] {
  const [before = '', after = ''] = t('map.lots', { n: '\u0000' }).split('\u0000')
  return [before, ['to-string', ['get', 'point_count']], after]
}

/** A lot's pin, with its number on it. */
const lotLayout: SymbolLayerSpecification['layout'] = {
  'icon-image': picture('lot', ['get', 'level'], ['get', 'parts'], ['get', 'text']), 'icon-allow-overlap': true, 'icon-anchor': 'bottom',
  'text-field': ['get', 'text'], 'text-font': bold, 'text-size': numberSize, 'text-allow-overlap': true,
  // Up to the upper half of the pin.
  'text-offset': [0, -(pin.point + pin.height * 0.6) / numberSize],
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
        layout: { ...lotLayout, 'symbol-sort-key': ['get', 'order'] }, paint: { 'text-color': ink(['get', 'level']) },
      },
      {
        id: 'sums', type: 'symbol', source: 'lots', filter: ['has', 'point_count'],
        layout: {
          'icon-image': picture('sum', sumLevel, sumParts, sumText), 'icon-allow-overlap': true, 'symbol-sort-key': vacant,
          'text-field': ['format', sumText, {}, '\n', {}, ['concat', ...lotsWords()], { 'font-scale': 0.72 }], 'text-font': bold, 'text-size': numberSize,
          'text-line-height': 1, 'text-allow-overlap': true, 'text-offset': [0, -0.2],
        },
        paint: { 'text-color': ink(sumLevel) },
      },
      {
        id: 'chosen', type: 'circle', source: 'chosen',
        paint: {
          'circle-radius': 24, 'circle-translate': [0, -17], 'circle-color': colour('accent'), 'circle-opacity': 0.22,
          'circle-stroke-width': 2, 'circle-stroke-color': colour('accent'),
        },
      },
      {
        id: 'chosen-mark', type: 'symbol', source: 'chosen', layout: lotLayout, paint: { 'text-color': ink(['get', 'level']) },
      },
    ],
  }
}
