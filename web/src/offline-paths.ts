// Which paths the service worker keeps. An answer that is of the moment alone, or somebody's own, is none of them.

/** The driver's pages. */
export const isPage = (path: string): boolean => path === '/' || /^\/lots\/[^/]+$/.test(path)

/** A forecast is of the moment; a history and what a lot is are right later, too. */
export const isKeptAnswer = (path: string): boolean =>
  /^\/open\/v1\/(settings|stats|availability|offers|lots(\/[^/]+(\/(history|details))?)?)$/.test(path)

export const isTiles = (path: string): boolean => path === '/tiles/city.pmtiles'
