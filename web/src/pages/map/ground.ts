import type { Map as MapView } from 'maplibre-gl'
import { onBeforeUnmount, shallowRef, watch, type ShallowRef } from 'vue'

import type { Settings } from '../../api/types'
import { isOffline } from '../../offline'
import { basemapOf, forgetTiles, type Basemap } from './basemap'

/** How much of its basemap a map lacks. */
export type Missing = 'part' | 'all'

/** What is missing is asked for again soon, as a network that is back needs a moment, and then after twice as long each time:
 * the map is drawn anew for it. */
const RETRY_MS = 5_000
const RETRY_MAX_MS = 30 * 60_000

export interface Ground {
  missing: Readonly<ShallowRef<Missing | null>>
  /** What was read last. */
  under: Readonly<ShallowRef<Basemap | null>>
  /** Nothing, where there are no settings yet or it was begun anew before it ended. */
  read(): Promise<Basemap | null>
  /** Hears of each tile that a map could not get. */
  follow(view: MapView): void
}

/** The basemap under a map, and asking again for what of it is missing. `dress` reads it anew and puts it under the map. */
export function useGround(settings: () => Settings | undefined, dress: () => unknown): Ground {
  const missing = shallowRef<Missing | null>(null)
  const under = shallowRef<Basemap | null>(null)
  let readings = 0
  let hasFailed = false
  let retry = 0
  let retryMs = RETRY_MS
  let isGone = false

  function lacks(what: Missing): void {
    hasFailed = true
    missing.value = what
    window.clearTimeout(retry)
    // What was asked for when the map was left is answered afterwards.
    if (isGone) return
    retry = window.setTimeout(() => {
      retryMs = Math.min(2 * retryMs, RETRY_MAX_MS)
      askAgain()
    }, retryMs)
  }

  function askAgain(): void {
    const known = settings()
    if (!missing.value || !known) return
    window.clearTimeout(retry)
    forgetTiles()
    // A map of districts alone is not drawn anew to show the same.
    if (missing.value === 'all') void basemapOf(known).then(dress, () => lacks('all'))
    else dress()
  }

  async function read(): Promise<Basemap | null> {
    const reading = ++readings
    const known = settings()
    if (!known) return null
    const found = await basemapOf(known).catch(() => null)
    const on = found ?? await basemapOf({ ...known, pmtiles_url: null, tile_url: null })
    if (reading !== readings) return null
    hasFailed = false
    if (!found) lacks('all')
    return under.value = on
  }

  function follow(view: MapView): void {
    view.on('error', (event) => {
      const { sourceId = '', tile, error } = event as typeof event & { sourceId?: string; tile?: unknown }
      const isFetched = 'status' in error || (tile && sourceId in (under.value?.sources ?? {}))
      // Anything else is a fault of the page.
      if (isFetched) lacks(missing.value ?? 'part')
      else reportError(error)
    })
    view.on('idle', () => {
      if (hasFailed) return
      window.clearTimeout(retry)
      missing.value = null
      retryMs = RETRY_MS
    })
  }

  watch(isOffline, (now) => {
    if (now) return
    retryMs = RETRY_MS
    askAgain()
  })
  onBeforeUnmount(() => {
    isGone = true
    window.clearTimeout(retry)
  })
  return { missing, under, read, follow }
}
