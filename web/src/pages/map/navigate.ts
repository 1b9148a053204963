// Addresses that open a map application at a lot. Each has its own datum: a lot's place in WGS 84 would lie some hundred
// metres beside it.
import gcoord from 'gcoord'

export const navigators = ['amap', 'tencent', 'baidu'] as const
export type Navigator = (typeof navigators)[number]

type Place = readonly [longitude: number, latitude: number]

/** To a decimetre, which all of them take. */
const digits = 6

const inGcj02 = (place: Place): string[] => shown(gcoord.transform([...place], gcoord.WGS84, gcoord.GCJ02))
const inBd09 = (place: Place): string[] => shown(gcoord.transform([...place], gcoord.WGS84, gcoord.BD09))
const shown = (place: number[]): string[] => place.map((degrees) => degrees.toFixed(digits))

/** The address for a place in WGS 84, and from where, where that is known. */
export function navigationTo(navigator: Navigator, name: string, to: Place, from: Place | null = null): string {
  const address = addresses[navigator](name, to, from)
  return `${address.base}?${new URLSearchParams(address.query)}`
}

interface Address {
  base: string
  query: Record<string, string>
}

const addresses: Record<Navigator, (name: string, to: Place, from: Place | null) => Address> = {
  amap: (name, to, from) => ({
    base: 'https://uri.amap.com/navigation',
    query: {
      ...(from && { from: `${inGcj02(from)}` }), to: `${inGcj02(to)},${name.replaceAll(',', ' ')}`, mode: 'car', coordinate: 'gaode', callnative: '1', src: 'bowei',
    },
  }),
  tencent: (name, to, from) => ({
    base: 'https://apis.map.qq.com/uri/v1/routeplan',
    query: {
      type: 'drive', ...(from && { fromcoord: `${inGcj02(from).reverse()}` }), to: name, tocoord: `${inGcj02(to).reverse()}`, referer: 'bowei',
    },
  }),
  // Its directions need a beginning; without one its mark on the map leads there.
  baidu: (name, to, from) => {
    const common = { coord_type: 'bd09ll', output: 'html', src: 'webapp.bowei.map' }
    const place = `${inBd09(to).reverse()}`
    return from
      ? {
          base: 'https://api.map.baidu.com/direction',
          query: { origin: `latlng:${inBd09(from).reverse()}|name:起点`, destination: `latlng:${place}|name:${name}`, mode: 'driving', ...common },
        }
      : { base: 'https://api.map.baidu.com/marker', query: { location: place, title: name, content: name, ...common } }
  },
}
