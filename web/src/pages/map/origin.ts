// From where distances are counted: where the reader is, or a place that was typed or tapped. Kept while the page is open,
// so that a lot's page knows how far it is.
import { shallowRef } from 'vue'

export interface Origin {
  kind: 'me' | 'place' | 'tapped'
  at: [longitude: number, latitude: number]
  /** Of a place. */
  name?: string
}

export const origin = shallowRef<Origin | null>(null)

/** Why the reader's place is not known. */
export type NotLocated = 'denied' | 'unavailable'

/** A phone that has no fix by then is asked again by its owner. */
const timeoutMs = 15_000
/** Nobody drives far in that time. */
const maximumAgeMs = 30_000

/** Asks the browser where the reader is, in WGS 84. */
export async function locate(): Promise<Origin | NotLocated> {
  // Not there at all on a page without TLS.
  if (!('geolocation' in navigator)) return 'unavailable'
  return new Promise((resolve) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ kind: 'me', at: [coords.longitude, coords.latitude] }),
      ({ code, PERMISSION_DENIED }) => resolve(code === PERMISSION_DENIED ? 'denied' : 'unavailable'),
      { enableHighAccuracy: true, timeout: timeoutMs, maximumAge: maximumAgeMs },
    )
  })
}
