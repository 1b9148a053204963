// Keeps what a driver last saw: the pages' shell and files, the public answers, and ranges of the city's tiles. Nothing of
// the office, of a reservation or of a stream goes through it.
import { clientsClaim, type WorkboxPlugin } from 'workbox-core'
import { ExpirationPlugin } from 'workbox-expiration'
import { registerRoute } from 'workbox-routing'
import { CacheFirst, NetworkFirst } from 'workbox-strategies'

import { isKeptAnswer, isPage, isTiles } from './offline-paths'

/** Files of a few versions of the pages. */
const filesMax = 150
/** Answers about so many lots. */
const answersMax = 300
/** Ranges of tiles: some hundred screens of a map, 5 MB or so. */
const rangesMax = 500
/** On a road one bar of signal may mean a minute: what was seen last comes first then. */
const networkTimeoutSeconds = 6

// Files have their content in their names and the rest is asked for first: an old page and a new worker get along.
addEventListener('install', () => void (globalThis as unknown as { skipWaiting(): Promise<void> }).skipWaiting())
clientsClaim()

const ofThisSite = (is: (path: string) => boolean) => ({ url, sameOrigin }: { url: URL; sameOrigin: boolean }): boolean => sameOrigin && is(url.pathname)

/** One shell for every page of the driver's. */
const oneShell: WorkboxPlugin = { cacheKeyWillBeUsed: () => Promise.resolve('/') }
registerRoute(ofThisSite(isPage), new NetworkFirst({ cacheName: 'shell', networkTimeoutSeconds, plugins: [oneShell] }))

registerRoute(
  ofThisSite((path) => path.startsWith('/assets/')),
  new CacheFirst({ cacheName: 'files', plugins: [new ExpirationPlugin({ maxEntries: filesMax })] }),
)
registerRoute(
  ofThisSite((path) => path.startsWith('/map/') || path.startsWith('/icons/') || path === '/favicon.svg' || path === '/manifest.webmanifest'),
  new NetworkFirst({ cacheName: 'files-without-version', networkTimeoutSeconds }),
)
registerRoute(
  ofThisSite(isKeptAnswer),
  new NetworkFirst({ cacheName: 'answers', networkTimeoutSeconds, plugins: [new ExpirationPlugin({ maxEntries: answersMax })] }),
)

/** A cache takes whole answers alone: a range is kept as one, under an address that names it. */
const ranges: WorkboxPlugin = {
  cacheKeyWillBeUsed: ({ request }) => Promise.resolve(`${request.url}&${request.headers.get('range') ?? ''}`),
  cacheWillUpdate: async ({ response: { status, headers, body } }) => status === 206 ? new Response(body, { headers }) : null,
  cachedResponseWillBeUsed: async ({ cachedResponse: kept }) => kept ? new Response(kept.body, { status: 206, headers: kept.headers }) : null,
}
registerRoute(
  ofThisSite(isTiles),
  // The address names the file's version.
  new CacheFirst({ cacheName: 'tiles', plugins: [ranges, new ExpirationPlugin({ maxEntries: rangesMax })] }),
)
