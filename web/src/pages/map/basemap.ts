// What lies under the lots: nothing but districts, a tile server's pictures, vector tiles, a style of MapLibre's, or the
// platform's own PMTiles file. The libraries for the latter are fetched where there is one.
import { addProtocol, type LayerSpecification, type SourceSpecification, type StyleSpecification } from 'maplibre-gl'

import type { Settings } from '../../api/types'
import { language } from '../../i18n'
import { isDark } from '../../ui/theme'

export interface Basemap {
  sources: Record<string, SourceSpecification>
  layers: LayerSpecification[]
  /** Whether it covers the land, and writes names on it. */
  covers: boolean
  names: boolean
  glyphs?: string
  sprite?: StyleSpecification['sprite']
}

const none: Basemap = { sources: {}, layers: [], covers: false, names: false }

export async function basemapOf(settings: Settings): Promise<Basemap> {
  const { pmtiles_url: own, tile_url: url } = settings
  // The file in the data folder was put there for this map: it goes first.
  if (own) return ownTiles(own, settings)
  if (!url) return none
  if (!url.includes('{z}')) return style(url)
  const attribution = settings.tile_attribution ?? ''
  if (/\.(mvt|pbf)\b/.test(url)) return drawn({ type: 'vector', tiles: [url], maxzoom: vectorZoom, attribution })
  return pictures({ type: 'raster', tiles: [url], tileSize: 256, attribution })
}

/** As far as Protomaps' tiles are cut. */
const vectorZoom = 15

const pictures = (source: SourceSpecification): Basemap =>
  ({ sources: { tiles: source }, layers: [{ id: 'tiles', type: 'raster', source: 'tiles' }], covers: true, names: true })

/** Drawn by Protomaps' own style in the look and the language of the moment. */
async function drawn(source: SourceSpecification): Promise<Basemap> {
  const { layers, namedFlavor } = await import('@protomaps/basemaps')
  const look = isDark.value ? 'dark' : 'light'
  return {
    sources: { tiles: source }, covers: true, names: true, sprite: `${location.origin}/map/${look}`,
    // Without an address of glyphs MapLibre writes with the fonts of the machine.
    layers: layers('tiles', namedFlavor(look), { lang: language.value === 'zh' ? 'zh-Hans' : 'en' }) as LayerSpecification[],
  }
}

type Pmtiles = typeof import('pmtiles')
let protocol: InstanceType<Pmtiles['Protocol']> | null = null

/** The library keeps what could not be read as it keeps what could: asked for again, it would fail without being fetched. */
export function forgetTiles(): void {
  protocol?.tiles.clear()
}

async function ownTiles(path: string, settings: Settings): Promise<Basemap> {
  const { PMTiles, Protocol, TileType } = await import('pmtiles')
  if (!protocol) {
    protocol = new Protocol()
    addProtocol('pmtiles', protocol.tile)
  }
  const address = location.origin + path
  const file = protocol.get(address) ?? new PMTiles(address)
  protocol.add(file)
  const { tileType, maxZoom } = await file.getHeader()
  const url = `pmtiles://${address}`
  const attribution = settings.tile_attribution ?? '© OpenStreetMap'
  return tileType === TileType.Mvt
    ? drawn({ type: 'vector', url, attribution })
    : pictures({ type: 'raster', url, tileSize: 256, maxzoom: maxZoom, attribution })
}

async function style(url: string): Promise<Basemap> {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`the style answered ${answer.status}`)
  const { sources, layers, glyphs, sprite } = await answer.json() as StyleSpecification
  return { sources, layers, glyphs, sprite, covers: true, names: true }
}
