/** An answer that was not the one asked for, or none at all (status 0). */
export class ApiProblem extends Error {
  readonly status: number
  readonly detail: string

  constructor(status: number, title: string, detail: string) {
    super(title)
    this.name = 'ApiProblem'
    this.status = status
    this.detail = detail
  }
}

export function problemFrom(status: number, body: unknown): ApiProblem {
  const said = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  const title = typeof said.title === 'string' ? said.title : `HTTP ${status}`
  const detail = typeof said.detail === 'string' ? said.detail : ''
  return new ApiProblem(status, title, detail)
}

/** A request that never got an answer; a cancelled one stays what it is. */
export function problemOf(cause: unknown): ApiProblem {
  if (cause instanceof ApiProblem) return cause
  return new ApiProblem(0, cause instanceof Error ? cause.message : String(cause), '')
}

export function wasCancelled(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === 'AbortError'
}
