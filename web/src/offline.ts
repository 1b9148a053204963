// The service worker keeps what was last seen of the driver's pages, for when there is no network.
import { shallowRef } from 'vue'

/** Whether the browser knows of no network. */
export const isOffline = shallowRef(typeof navigator !== 'undefined' && !navigator.onLine)
if (typeof window !== 'undefined') {
  for (const event of ['online', 'offline']) window.addEventListener(event, () => {
    isOffline.value = !navigator.onLine
  })
}

/** What this page has loaded by then is kept at the first visit, which began without a worker. */
const settledMs = 4_000
let asked = false

/** Only the driver's pages ask for it: the office's are not for offline. */
export function keepForOffline(): void {
  if (asked || !import.meta.env.PROD || !('serviceWorker' in navigator)) return
  asked = true
  void keep().catch(() => undefined)
}

async function keep(): Promise<void> {
  const isFirst = !navigator.serviceWorker.controller
  await navigator.serviceWorker.register('/service-worker.js')
  const { active } = await navigator.serviceWorker.ready
  if (!isFirst) return
  await new Promise((resolve) => setTimeout(resolve, settledMs))
  const loaded = performance.getEntriesByType('resource').map(({ name }) => name)
  const urlsToCache = [location.origin + '/', ...loaded.filter((url) => url.startsWith(location.origin))]
  active?.postMessage({ type: 'CACHE_URLS', payload: { urlsToCache: [...new Set(urlsToCache)] } })
}
