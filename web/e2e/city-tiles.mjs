// A small city of vector tiles by Protomaps' schema, as one PMTiles file (version 3), made here: land, a lake, a park, streets
// and names around the lot that the tests register. And a tile server of coloured pictures.
import { createServer } from 'node:http'
import { crc32, deflateSync } from 'node:zlib'

import { GeoJSONVT } from '@maplibre/geojson-vt'
import { fromGeojsonVt } from '@maplibre/vt-pbf'
import { zxyToTileId } from 'pmtiles'

export const centre = [120.0868, 30.8937]
const [east, north] = centre
const maxZoom = 14

const feature = (type, coordinates, properties) => ({ type: 'Feature', geometry: { type, coordinates }, properties })
const box = (west, south, width, height) => [[[west, south], [west + width, south], [west + width, south + height], [west, south + height], [west, south]]]
const named = (name, english) => ({ name, 'name:en': english, 'name:zh-Hans': name, script: 'Han' })

/** Streets a tenth of a degree long, half a kilometre from each other; every other one is a larger one. */
const streets = [
  ['人民路', 'Renmin Road'], ['红旗路', 'Hongqi Road'], ['苕溪路', 'Tiaoxi Road'], ['龙溪路', 'Longxi Road'],
].flatMap(([name, english], n) => {
  const kind = n % 2 ? 'minor_road' : 'major_road'
  const about = { ...named(name, english), kind, kind_detail: n % 2 ? 'residential' : 'primary', min_zoom: 6, sort_rank: 400 - n }
  const shift = (n - 1.5) * 0.006
  return [
    feature('LineString', [[east - 0.05, north + shift], [east + 0.05, north + shift]], about),
    feature('LineString', [[east + shift, north - 0.05], [east + shift, north + 0.05]], { ...about, ...named(`${name}支路`, `${english} Branch`) }),
  ]
})

const layers = {
  earth: [feature('Polygon', box(119.1, 30.3, 1.6, 1), { kind: 'earth' })],
  water: [feature('Polygon', box(120.0, 30.93, 0.25, 0.2), { kind: 'lake', min_zoom: 0, sort_rank: 200, ...named('太湖', 'Lake Tai') })],
  landuse: [feature('Polygon', box(120.092, 30.896, 0.008, 0.005), { kind: 'park', sort_rank: 10 })],
  roads: streets,
  places: [feature('Point', [120.0868, 30.87], { kind: 'locality', kind_detail: 'city', population_rank: 11, min_zoom: 4, sort_rank: 1, ...named('湖州', 'Huzhou') })],
  pois: [feature('Point', [120.0955, 30.8985], { kind: 'park', min_zoom: 12, ...named('莲花庄', 'Lianhuazhuang') })],
}

const column = (longitude, zoom) => Math.floor((longitude + 180) / 360 * 2 ** zoom)
const row = (latitude, zoom) => {
  const radians = latitude * Math.PI / 180
  return Math.floor((1 - Math.asinh(Math.tan(radians)) / Math.PI) / 2 * 2 ** zoom)
}

/** Tiles of the land at low zooms, of the streets alone at high ones. */
function* coordinates() {
  for (let zoom = 0; zoom <= maxZoom; zoom += 1) {
    const reach = zoom < 10 ? 0.8 : 0.06
    for (let x = column(east - reach, zoom); x <= column(east + reach, zoom); x += 1)
      for (let y = row(north + reach, zoom); y <= row(north - reach, zoom); y += 1) yield [zoom, x, y]
  }
}

function varints(numbers) {
  const bytes = []
  for (let number of numbers) {
    while (number > 127) {
      bytes.push(number % 128 + 128)
      number = Math.floor(number / 128)
    }
    bytes.push(number)
  }
  return Buffer.from(bytes)
}

/** https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md, with one directory and nothing compressed. */
export function pmtiles() {
  const indexed = Object.entries(layers).map(([name, features]) =>
    [name, new GeoJSONVT({ type: 'FeatureCollection', features }, { maxZoom, indexMaxZoom: 5 })])
  const tiles = [...coordinates()].map(([zoom, x, y]) => {
    const here = indexed.map(([name, index]) => [name, index.getTile(zoom, x, y)]).filter(([, tile]) => tile)
    return { id: zxyToTileId(zoom, x, y), bytes: Buffer.from(fromGeojsonVt(Object.fromEntries(here), { version: 2 })) }
  }).filter(({ bytes }) => bytes.length > 0).sort((a, b) => a.id - b.id)

  const directory = varints([
    tiles.length,
    ...tiles.map(({ id }, n) => id - (tiles[n - 1]?.id ?? 0)),
    ...tiles.map(() => 1),
    ...tiles.map(({ bytes }) => bytes.length),
    // 0: where the one before it ends.
    ...tiles.map((_, n) => n === 0 ? 1 : 0),
  ])
  const metadata = Buffer.from(JSON.stringify({ vector_layers: Object.keys(layers).map((id) => ({ id, fields: {} })) }))
  const data = Buffer.concat(tiles.map(({ bytes }) => bytes))
  const header = Buffer.alloc(127)
  header.write('PMTiles', 0)
  header[7] = 3
  const sections = [directory.length, metadata.length, 0, data.length]
  let offset = header.length
  for (const [n, length] of sections.entries()) {
    header.writeBigUInt64LE(BigInt(offset), 8 + n * 16)
    header.writeBigUInt64LE(BigInt(length), 16 + n * 16)
    offset += length
  }
  for (const [n, count] of [tiles.length, tiles.length, tiles.length].entries()) header.writeBigUInt64LE(BigInt(count), 72 + n * 8)
  // Clustered; neither directory nor tiles compressed; vector tiles.
  header.set([1, 1, 1, 1, 0, maxZoom], 96)
  for (const [n, degrees] of [119.1, 30.3, 120.7, 31.3].entries()) header.writeInt32LE(Math.round(degrees * 1e7), 102 + n * 4)
  header[118] = 12
  header.writeInt32LE(Math.round(east * 1e7), 119)
  header.writeInt32LE(Math.round(north * 1e7), 123)
  return Buffer.concat([header, directory, metadata, data])
}

/** A picture of one colour, 256 pixels square. */
function png([red, green, blue]) {
  const chunk = (kind, data) => {
    const body = Buffer.concat([Buffer.from(kind), data])
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(data.length)
    check.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, check])
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(256, 0)
  head.writeUInt32BE(256, 4)
  head.set([8, 2], 8)
  const line = Buffer.concat([Buffer.from([0]), Buffer.alloc(256 * 3, Buffer.from([red, green, blue]))])
  const pixels = Buffer.concat(Array.from({ length: 256 }, () => line))
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', head), chunk('IDAT', deflateSync(pixels)), chunk('IEND', Buffer.alloc(0))])
}

export const tileColour = [180, 210, 170]

/** A tile server of another origin: pictures under `/{z}/{x}/{y}.png`, and a style under `/style.json` that shows them. */
export async function tileServer() {
  const picture = png(tileColour)
  const asked = []
  const server = createServer(({ url }, answer) => {
    asked.push(url)
    const { port } = server.address()
    answer.setHeader('Access-Control-Allow-Origin', '*')
    if (url.endsWith('.png')) return answer.setHeader('Content-Type', 'image/png').end(picture)
    if (!url.endsWith('.json')) return answer.writeHead(404).end()
    answer.setHeader('Content-Type', 'application/json').end(JSON.stringify({
      version: 8,
      sources: { ground: { type: 'raster', tiles: [`http://127.0.0.1:${port}/{z}/{x}/{y}.png`], tileSize: 256 } },
      layers: [{ id: 'ground', type: 'raster', source: 'ground' }],
    }))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${server.address().port}`, asked, stop: () => server.close() }
}
