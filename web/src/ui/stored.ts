import { shallowRef, watch, type ShallowRef } from 'vue'

/** A choice of the reader's that this browser keeps; what it kept in another shape counts as none. */
export function useStored<Value>(key: string, isValue: (kept: unknown) => kept is Value, otherwise: Value): ShallowRef<Value> {
  const value = shallowRef(read(key, isValue) ?? otherwise)
  watch(value, (kept) => {
    // Storage is closed to a page in some private windows; the choice then lasts as long as the page.
    try {
      localStorage.setItem(key, JSON.stringify(kept))
    } catch {
      // Not kept.
    }
  })
  return value
}

function read<Value>(key: string, isValue: (kept: unknown) => kept is Value): Value | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? 'null')
    return isValue(kept) ? kept : null
  } catch {
    return null
  }
}

export const isWords = (kept: unknown): kept is string[] => Array.isArray(kept) && kept.every((each) => typeof each === 'string')
