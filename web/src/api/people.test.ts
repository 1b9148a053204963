import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import type { SignedIn } from './types'

const zhang: SignedIn = {
  login: 'zhang', name: '张伟', role: 'operator', district: null, provider: null, permissions: ['lots.read', 'plates.reveal'],
  csrf: 'first', must_change_password: false, totp: 'enrolled',
  session: { id: 's1', created_at: '', expires_at: '', idle_ends_at: '', method: 'password', authenticated_at: '' },
}

interface Asked {
  what: string
  headers: Headers
  body: unknown
}

const moment = () => new Promise((resolve) => setTimeout(resolve, 5))
const problem = (status: number, code?: string, headers?: HeadersInit) =>
  Response.json({ type: 'about:blank', title: 'No', status, detail: '', code }, { status, headers })
const nothing = () => new Response(null, { status: 204 })

let asked: Asked[]

/** The pages' modules anew, in front of a platform that answers so; each answer to a question is used once, the last one stays. */
async function platform(answers: Record<string, (() => Response)[]>) {
  asked = []
  // Outside a browser an address begins with a host.
  class Hosted extends Request {
    constructor(address: RequestInfo | URL, options?: RequestInit) {
      super(typeof address === 'string' ? new URL(address, 'http://x') : address, options)
    }
  }
  vi.stubGlobal('Request', Hosted)
  vi.stubGlobal('fetch', async (address: RequestInfo) => {
    const request = new Request(address)
    const what = `${request.method} ${new URL(request.url).pathname}`
    const text = await request.clone().text()
    asked.push({ what, headers: request.headers, body: text ? JSON.parse(text) : null })
    const given = answers[what]
    const answer = given && given.length > 1 ? given.shift() : given?.[0]
    if (!answer) throw new Error(`not expected: ${what}`)
    return answer()
  })
  vi.resetModules()
  const [people, session, confirmation, token, client] = await Promise.all([
    import('./people'), import('./session'), import('./confirmation'), import('./token'), import('./client'),
  ])
  return { ...people, ...session, ...confirmation, ...token, ...client }
}

const kept = new Map<string, string>()

beforeEach(() => {
  kept.clear()
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  }
  vi.stubGlobal('localStorage', storage)
  vi.stubGlobal('sessionStorage', storage)
})

afterEach(() => vi.unstubAllGlobals())

test('who is signed in is asked once, and nobody is an answer', async () => {
  const page = await platform({ 'GET /api/v1/me': [() => problem(401, 'signed-out')] })
  await Promise.all([page.readSession(), page.readSession()])
  await page.readSession()
  expect(asked).toHaveLength(1)
  expect([page.isSignedIn.value, page.sessionIsRead.value, page.sessionEnded.value]).toEqual([false, true, false])
})

test('a platform that does not say who is signed in is asked again', async () => {
  const page = await platform({ 'GET /api/v1/me': [() => problem(503), () => Response.json(zhang)] })
  await expect(page.readSession()).rejects.toMatchObject({ status: 503 })
  expect(page.sessionIsRead.value).toBe(false)
  await page.readSession()
  expect(page.person.value?.login).toBe('zhang')
})

test('a person sends the csrf value with what changes something, and no token', async () => {
  const page = await platform({
    'POST /api/v1/session': [() => Response.json(zhang)], 'GET /api/v1/tokens': [() => Response.json({ items: [] })],
    'DELETE /api/v1/tokens/t1': [nothing],
  })
  await page.signIn({ login: 'zhang', password: 'x' })
  await page.fetchTokens()
  await page.revokeToken('t1')
  expect(asked.map(({ what, headers }) => [what, headers.get('x-csrf-token'), headers.get('Authorization')])).toEqual([
    ['POST /api/v1/session', null, null], ['GET /api/v1/tokens', null, null], ['DELETE /api/v1/tokens/t1', 'first', null],
  ])
})

test('a pasted token goes before the person, and sends no csrf value', async () => {
  const page = await platform({ 'POST /api/v1/audit/verify': [() => Response.json({ ok: true, entries: 0 })] })
  page.keepPerson(zhang)
  page.enterToken('secret')
  await page.verifyAudit()
  expect([asked[0]?.headers.get('Authorization'), asked[0]?.headers.get('x-csrf-token')]).toEqual(['Bearer secret', null])
  expect([page.may('lots.read'), page.may('plates.reveal'), page.may('users.read')]).toEqual([true, false, false])
})

test('a stale csrf value is had anew and the same request sent again', async () => {
  const page = await platform({
    'DELETE /api/v1/tokens/t1': [() => problem(403, 'csrf'), nothing], 'GET /api/v1/me': [() => Response.json({ ...zhang, csrf: 'second' })],
  })
  page.keepPerson(zhang)
  await page.revokeToken('t1')
  expect(asked.map(({ what, headers }) => [what, headers.get('x-csrf-token')])).toEqual([
    ['DELETE /api/v1/tokens/t1', 'first'], ['GET /api/v1/me', null], ['DELETE /api/v1/tokens/t1', 'second'],
  ])
})

test('what needs the password waits for it and is sent again as it was typed', async () => {
  const page = await platform({
    'POST /api/v1/reveals': [() => problem(403, 'password-needed'), () => Response.json({ plate: '浙E12345' })],
    'POST /api/v1/me/confirm': [nothing],
  })
  page.keepPerson(zhang)
  const answer = page.reveal({ lot: 'L1', record_id: 'R1', reason: '核实投诉' })
  await moment()
  expect(page.passwordIsAsked.value).toBe(true)
  await page.confirmPassword('right')
  page.settlePassword(true)
  expect(await answer).toEqual({ plate: '浙E12345' })
  const sent = asked.filter(({ what }) => what === 'POST /api/v1/reveals').map(({ body }) => body)
  expect(sent).toEqual([{ lot: 'L1', record_id: 'R1', reason: '核实投诉' }, { lot: 'L1', record_id: 'R1', reason: '核实投诉' }])
  expect(page.passwordIsAsked.value).toBe(false)
})

test('without the password the refusal is told, and several requests are one question', async () => {
  const page = await platform({ 'POST /api/v1/reveals': [() => problem(403, 'password-needed')] })
  page.keepPerson(zhang)
  const answers = ['R1', 'R2'].map((record_id) => page.reveal({ lot: 'L1', record_id, reason: '核实投诉' }))
  await moment()
  page.settlePassword(false)
  for (const answer of answers) await expect(answer).rejects.toMatchObject({ status: 403, code: 'password-needed' })
  expect(page.passwordIsAsked.value).toBe(false)
  expect(page.isSignedIn.value).toBe(true)
})

test('a platform that never has enough is asked three times and no more', async () => {
  const page = await platform({ 'DELETE /api/v1/tokens/t1': [() => problem(403, 'csrf')], 'GET /api/v1/me': [() => Response.json(zhang)] })
  page.keepPerson(zhang)
  await expect(page.revokeToken('t1')).rejects.toMatchObject({ code: 'csrf' })
  expect(asked.filter(({ what }) => what.startsWith('DELETE'))).toHaveLength(3)
})

test('a wrong password is no end of the session, a session that is out is one', async () => {
  const page = await platform({
    'POST /api/v1/me/confirm': [() => problem(401), () => problem(401, 'signed-out')],
  })
  page.keepPerson(zhang)
  await expect(page.confirmPassword('wrong')).rejects.toMatchObject({ status: 401 })
  expect(page.isSignedIn.value).toBe(true)
  await expect(page.confirmPassword('right')).rejects.toMatchObject({ status: 401 })
  expect([page.isSignedIn.value, page.sessionEnded.value]).toEqual([false, true])
})

test('a lockout says how long to wait', async () => {
  const page = await platform({ 'POST /api/v1/session': [() => problem(429, undefined, { 'Retry-After': '1800' })] })
  await expect(page.signIn({ login: 'zhang', password: 'x' })).rejects.toMatchObject({ status: 429, retryAfter: 1_800 })
})

test('what has to be done first is kept of the person', async () => {
  const page = await platform({ 'GET /api/v1/users': [() => problem(403, 'totp-required')], 'GET /api/v1/tokens': [() => problem(403, 'must-change-password')] })
  page.keepPerson(zhang)
  await expect(page.fetchUsers()).rejects.toMatchObject({ status: 403 })
  await expect(page.fetchTokens()).rejects.toMatchObject({ status: 403 })
  expect([page.person.value?.totp, page.person.value?.must_change_password]).toEqual(['required', true])
})

test('whoever signs out is forgotten, also where the session was out already, and not where the platform is away', async () => {
  const page = await platform({ 'DELETE /api/v1/session': [() => problem(503), () => problem(401, 'signed-out')] })
  page.keepPerson(zhang)
  expect(page.wasSignedIn()).toBe(true)
  await expect(page.signOut()).rejects.toMatchObject({ status: 503 })
  expect(page.isSignedIn.value).toBe(true)
  await page.signOut()
  expect([page.isSignedIn.value, page.sessionEnded.value, page.wasSignedIn()]).toEqual([false, false, false])
})

test('whoever signs out goes on to the identity provider where the platform says so', async () => {
  const page = await platform({ 'DELETE /api/v1/session': [() => Response.json({ end_session: 'https://id.example/end' }), nothing] })
  page.keepPerson(zhang)
  expect(await page.signOut()).toBe('https://id.example/end')
  expect(page.isSignedIn.value).toBe(false)
  page.keepPerson(zhang)
  expect(await page.signOut()).toBeNull()
})

test('a token that is refused is forgotten', async () => {
  const page = await platform({ 'GET /api/v1/stats': [() => problem(401)] })
  page.enterToken('secret')
  await expect(page.fetchStats()).rejects.toMatchObject({ status: 401 })
  expect([page.token.value, page.tokenRefused.value]).toEqual([null, true])
})
