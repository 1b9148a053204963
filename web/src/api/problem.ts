interface Said {
  code?: string | null
  retryAfter?: number | null
  pointers?: Record<string, string>
}

/** An answer that was not the one asked for, or none at all (status 0). */
export class ApiProblem extends Error {
  readonly status: number
  readonly detail: string
  /** What is wrong with single fields, by their names: the `errors` of RFC 9457. */
  readonly fields: Readonly<Record<string, string>>
  /** The same to the full depth: `lots/0/name`. */
  readonly pointers: Readonly<Record<string, string>>
  /** What a page has to do about it, where the platform says so; a platform newer than the page may have others. */
  readonly code: string | null
  /** In how many seconds it may be tried again, where the platform says so. */
  readonly retryAfter: number | null

  constructor(
    status: number, title: string, detail: string, fields: Record<string, string> = {},
    { code = null, retryAfter = null, pointers = fields }: Said = {},
  ) {
    super(title)
    this.name = 'ApiProblem'
    this.status = status
    this.detail = detail
    this.fields = fields
    this.pointers = pointers
    this.code = code
    this.retryAfter = retryAfter
  }
}

export function problemFrom(status: number, body: unknown, retryAfter: string | null = null): ApiProblem {
  const said = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  const title = typeof said.title === 'string' ? said.title : `HTTP ${status}`
  const detail = typeof said.detail === 'string' ? said.detail : ''
  const seconds = Number.parseInt(retryAfter ?? '', 10)
  const pointers = pointersIn(said.errors)
  return new ApiProblem(status, title, detail, fieldsOf(pointers), {
    pointers,
    code: typeof said.code === 'string' ? said.code : null,
    retryAfter: Number.isNaN(seconds) ? null : seconds,
  })
}

/** `#/name` points at the field `name` of what was sent, `#/lots/0/name` at one that lies deeper. */
function pointersIn(errors: unknown): Record<string, string> {
  if (!Array.isArray(errors)) return {}
  return Object.fromEntries(errors.flatMap((each: { pointer?: unknown; detail?: unknown } | null) => {
    const pointer = typeof each?.pointer === 'string' ? /^#?\/(.+)/.exec(each.pointer)?.[1] : undefined
    return pointer && typeof each?.detail === 'string' ? [[pointer, each.detail]] : []
  }))
}

/** What points deeper is told at the field it lies in too. */
const fieldsOf = (pointers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(pointers).map(([pointer, detail]) => [pointer.split('/')[0] ?? pointer, detail]))

/** A request that never got an answer; a cancelled one stays what it is. */
export function problemOf(cause: unknown): ApiProblem {
  if (cause instanceof ApiProblem) return cause
  return new ApiProblem(0, cause instanceof Error ? cause.message : String(cause), '')
}

export function wasCancelled(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === 'AbortError'
}
