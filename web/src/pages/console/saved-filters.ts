import type { LocationQuery } from 'vue-router'

export interface SavedFilter {
  name: string
  query: Record<string, string>
}

/** More would not be found again, and the browser's storage is small. */
const savedMax = 30

export const areSavedFilters = (kept: unknown): kept is SavedFilter[] =>
  Array.isArray(kept) && kept.every((each: Partial<SavedFilter> | null) =>
    typeof each?.name === 'string' && typeof each.query === 'object' && each.query !== null &&
    Object.values(each.query).every((value) => typeof value === 'string'))

/** Of an address what is a filter of the page: neither its language nor what else stands there. */
export function filterQuery(query: LocationQuery, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => {
    const value = query[name]
    return typeof value === 'string' && value ? [[name, value]] : []
  }))
}

/** A name is used once: the newer filter takes the place of the older. */
export const keepFilter = (saved: readonly SavedFilter[], filter: SavedFilter): SavedFilter[] =>
  [filter, ...saved.filter(({ name }) => name !== filter.name)].slice(0, savedMax)
