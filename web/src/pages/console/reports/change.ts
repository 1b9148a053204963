export interface Change {
  direction: 'up' | 'down' | 'same'
  /** How much, without its sign. */
  by: number
}

/** Of the period before, null where either is not known. */
export function changeOf(now: number | null | undefined, before: number | null | undefined): Change | null {
  if (now == null || before == null) return null
  return { direction: now > before ? 'up' : now < before ? 'down' : 'same', by: Math.abs(now - before) }
}

/** Of a number by how much per cent; what was none before has no per cent. */
export const percentOf = (change: Change, before: number): number | null => before > 0 ? change.by / before : null
