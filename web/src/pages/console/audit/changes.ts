export interface Change {
  /** Empty where what changed is no object with fields. */
  field: string
  before: string | null
  after: string | null
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Text as it is, anything else as JSON; null for nothing. */
function told(value: unknown): string | null {
  if (value === undefined || value === null) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** What an entry says was before and is after, field by field; what stayed the same is left out. */
export function changesOf(before: unknown, after: unknown): Change[] {
  const whole = [before, after].some((value) => value !== null && value !== undefined && !isObject(value))
  if (whole) return [{ field: '', before: told(before), after: told(after) }]
  const left = isObject(before) ? before : {}
  const right = isObject(after) ? after : {}
  return [...new Set([...Object.keys(left), ...Object.keys(right)])]
    .map((field) => ({ field, before: told(left[field]), after: told(right[field]) }))
    .filter((change) => change.before !== change.after)
}
