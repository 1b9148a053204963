import { askPassword } from './confirmation'
import { problemFrom } from './problem'
import { keepPerson, person } from './session'
import { token } from './token'
import type { SignedIn } from './types'

/** A stale csrf value, then the password: no request needs more before it goes through. */
const triesMax = 3

/**
 * Sends a request with what says who asks. Where the platform wants something first that can be had, a new
 * csrf value or the password once more, it is had and the same request sent again.
 */
export async function send(request: Request): Promise<Response> {
  for (let tries = 1; ; tries += 1) {
    const answer = await fetch(withReader(request.clone()))
    if (answer.status !== 403 || tries === triesMax) return answer
    const { code } = problemFrom(403, await answer.clone().json().catch(() => null))
    if (!await remedy(code)) return answer
  }
}

/** Without a key or the mouse for so long the person is away, and what the page asks by itself keeps no session alive. */
const idleAfterMs = 60_000
let lastAct = Date.now()
const noteAct = (): void => {
  lastAct = Date.now()
}
for (const kind of ['pointerdown', 'pointermove', 'keydown', 'wheel']) {
  globalThis.addEventListener?.(kind, noteAct, { passive: true, capture: true })
}

function withReader(request: Request): Request {
  if (!new URL(request.url).pathname.startsWith('/api/')) return request
  if (token.value !== null) request.headers.set('Authorization', `Bearer ${token.value}`)
  else if (person.value && request.method !== 'GET') request.headers.set('x-csrf-token', person.value.csrf)
  if (Date.now() - lastAct > idleAfterMs) request.headers.set('x-idle', '1')
  return request
}

function remedy(code: string | null): Promise<boolean> | boolean {
  if (code === 'password-needed') return askPassword()
  return code === 'csrf' && renewCsrf()
}

/** Signed in again in another tab: the cookie is the new one's, the value here the old one's. */
async function renewCsrf(): Promise<boolean> {
  const answer = await fetch('/api/v1/me')
  if (!answer.ok) return false
  keepPerson(await answer.json() as SignedIn)
  return true
}
