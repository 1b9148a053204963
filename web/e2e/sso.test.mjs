// Signing in by an identity provider: a real one, in a real browser, between two sites.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import { after, afterEach, before, test } from 'node:test'
import { promisify } from 'node:util'

import { launchBrowser } from './browser.mjs'
import { createUser, knowsPeople, nextTotp, totp } from './people.mjs'
import { startPlatform } from './platform.mjs'
import { startProvider } from './provider.mjs'

const run = promisify(execFile)
const timeoutMs = 20_000
const confirmedMs = 60_000

const binary = process.env.BOWEI_BIN
const skip = binary ? !await knowsPeople(binary) && 'the binary has no `bowei user`' : 'BOWEI_BIN must name the built bowei binary'

/** What the provider's people are called here, by what they are there. */
const people = {
  's-1': 'sso.zhang', 's-2': 'sso.nobody', 's-3': 'sso.closed', 's-4': 'sso.zhang', 's-5': 'sso.operator', 's-6': 'sso.patient',
}

let platform
let provider
let browser
const complaints = []

async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

before(async () => {
  if (skip) return
  const listen = `127.0.0.1:${await freePort()}`
  const redirect = `http://${listen}/api/v1/session/oidc/callback`
  const client = {
    client_id: 'bowei', client_secret: 'a:secret/of two+words', redirect_uris: [redirect],
    post_logout_redirect_uris: [`http://${listen}/console/sign-in`],
  }
  provider = await startProvider({ client, people })
  const config = `
[accounts]
confirmed_minutes = 1
[accounts.oidc]
issuer = "${provider.issuer}"
client_id = "bowei"
client_secret = "${client.client_secret}"
redirect_uri = "${redirect}"
`
  platform = await startPlatform(binary, { config, listen })
  browser = await launchBrowser()
})

after(async () => {
  await browser?.close()
  await platform?.stop()
  await provider?.stop()
})

/** The one who waits until he has to show once more who he is keeps his browser. */
let patient

afterEach(() => Promise.all((browser?.contexts() ?? []).filter((context) => context !== patient?.context()).map((context) => context.close())))

const user = (login, role = 'viewer') => createUser(binary, platform.data, { login, name: login, role })

async function openPage(path) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })
  // The provider's pages ask for a typeface from elsewhere.
  await context.route(/googleapis/, (route) => route.abort())
  const page = await context.newPage()
  page.setDefaultTimeout(timeoutMs)
  page.on('pageerror', (error) => complaints.push(`${path}: ${error.message}`))
  await page.goto(platform.address + path)
  return page
}

/** Signs in at the provider, and lets it tell the platform; a window of its own may be closed before one looks. */
async function enterAtProvider(page, subject) {
  await page.locator('[name=login]').fill(subject)
  await page.locator('[name=password]').fill('whatever the provider asks')
  await page.getByRole('button', { name: 'Sign-in' }).click()
  const consent = page.getByRole('button', { name: 'Continue' })
  await consent.or(page.locator('#app')).first().waitFor().catch((cause) => {
    if (!page.isClosed()) throw cause
  })
  if (!page.isClosed() && await consent.isVisible()) await consent.click()
}

async function signInAs(subject, path = '/console') {
  const page = await openPage(path)
  await page.getByTestId('sso').click()
  await page.waitForURL((url) => url.origin === provider.issuer)
  await enterAtProvider(page, subject)
  return page
}

/** What the audit has of signing in, the last first. */
async function audited(page) {
  return page.evaluate(async () => (await (await fetch('/api/v1/audit?action=session.begin')).json()).items)
}

async function auditor() {
  const { password } = await createUser(binary, platform.data, {
    login: 'sso.auditor', name: '审计', role: 'auditor', password: 'Parking-2026-Huzhou',
  })
  const page = await openPage('/console')
  const form = page.getByTestId('sign-in')
  await form.locator('[name=login]').fill('sso.auditor')
  await form.locator('[name=password]').fill(password)
  await form.getByRole('button', { name: '登录', exact: true }).click()
  await page.getByTestId('begin-totp').click()
  const secret = (await page.getByTestId('totp-secret').textContent() ?? '').replace(/\s/g, '')
  await page.locator('[name=code]').fill(totp(secret))
  await page.getByRole('button', { name: '验证并启用' }).click()
  await page.getByTestId('kept').click()
  await page.locator('.console-nav').waitFor()
  return page
}

test('whoever the provider names goes on where they wanted to go, and its session is as good as any', { skip }, async () => {
  await user('sso.patient')
  patient = await signInAs('s-6')
  patient.since = Date.now()
  await patient.locator('.console-nav').waitFor()
  await user('sso.zhang')
  const page = await signInAs('s-1', '/console/lots?q=%E4%BA%BA%E6%B0%91')
  await page.waitForURL(/\/console\/lots\?q=/)
  await page.locator('.console-nav').waitFor()
  const cookies = await page.context().cookies(platform.address)
  const session = cookies.find(({ name }) => name === 'bowei_session')
  assert.deepEqual([session.sameSite, session.httpOnly], ['Strict', true])
  assert.equal(cookies.some(({ name }) => name === 'bowei_oidc'), false, 'what was taken along is gone')
  await page.goto(`${platform.address}/console/profile`)
  await page.getByText('sso.zhang').first().waitFor()
  // The provider knows the browser: the second time nobody is asked.
  await page.evaluate(async () => {
    const { csrf } = await (await fetch('/api/v1/me')).json()
    await fetch('/api/v1/session', { method: 'DELETE', headers: { 'x-csrf-token': csrf } })
  })
  await page.goto(`${platform.address}/console/lots`)
  await page.getByTestId('sso').click()
  await page.waitForURL((url) => url.origin === platform.address && url.pathname === '/console/lots')
  await page.locator('.console-nav').waitFor()
})

test('whoever has no account, a closed one, or another’s name is told the same, and the audit says which', { skip }, async () => {
  await user('sso.closed')
  await run(binary, ['user', 'disable', 'sso.closed', '--data', platform.data])
  const told = []
  for (const subject of ['s-2', 's-3', 's-4']) {
    const page = await signInAs(subject)
    told.push(await page.getByTestId('sso-failure').textContent())
    assert.equal((await page.context().cookies(platform.address)).length, 0, subject)
  }
  assert.match(told[0], /没有对应的账号，或账号已停用/)
  assert.deepEqual(new Set(told).size, 1)
  const entries = await audited(await auditor())
  const whys = entries.filter(({ ok }) => !ok).map(({ user: login, after: told }) => `${login}: ${(typeof told === 'string' ? JSON.parse(told) : told).why}`)
  assert.deepEqual(whys, ['sso.zhang: another identity', 'sso.closed: closed', 'sso.nobody: no account'])
})

test('whoever signs out is signed out at the provider too, and asked there the next time', { skip }, async () => {
  const page = await signInAs('s-1')
  await page.locator('.console-nav').waitFor()
  await page.getByTestId('account').click()
  await page.getByTestId('leave').click()
  await page.waitForURL((url) => url.origin === provider.issuer)
  await page.getByRole('button', { name: 'Yes, sign me out' }).click()
  await page.waitForURL((url) => url.href === `${platform.address}/console/sign-in`)
  assert.deepEqual(await page.context().cookies(platform.address), [], 'nothing is kept of who was signed in')
  await page.getByTestId('sso').click()
  await page.waitForURL((url) => url.origin === provider.issuer)
  await page.locator('[name=login]').waitFor()
})

test('whoever turns back at the provider may try again, in their own language', { skip }, async () => {
  const page = await openPage('/console/sign-in')
  await page.evaluate(() => localStorage.setItem('bowei.language', 'en'))
  await page.reload()
  const button = page.getByTestId('sso')
  assert.equal(await button.textContent(), 'Sign in with single sign-on')
  await button.click()
  await page.getByRole('link', { name: 'Cancel' }).click()
  await page.getByText('Single sign-on was not completed').waitFor()
  await button.waitFor()
})

test('a role that needs a second factor sets it up, and its code is asked for after the provider', { skip }, async () => {
  await user('sso.operator', 'operator')
  const first = await signInAs('s-5', '/console/lots')
  await first.getByTestId('begin-totp').click()
  const secret = (await first.getByTestId('totp-secret').textContent() ?? '').replace(/\s/g, '')
  await first.locator('[name=code]').fill(totp(secret))
  await first.getByRole('button', { name: '验证并启用' }).click()
  await first.getByTestId('kept').click()
  await first.waitForURL(/\/console\/lots/)
  const page = await signInAs('s-5', '/console/findings')
  const form = page.getByTestId('sso-code')
  await form.locator('[name=code]').fill('000000')
  await form.getByRole('button', { name: '登录', exact: true }).click()
  await form.getByText('动态码不正确').waitFor()
  await form.locator('[name=code]').fill(await nextTotp(secret))
  await form.getByRole('button', { name: '登录', exact: true }).click()
  await page.waitForURL(/\/console\/findings/)
  await page.locator('.console-nav').waitFor()
})

test('who has to show once more who they are is asked by the provider, and what waits goes on', { skip }, async () => {
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, patient.since + confirmedMs + 1_000 - Date.now())))
  const page = patient
  await page.goto(`${platform.address}/console/profile`)
  await page.getByTestId('begin-totp').click()
  const panel = page.getByTestId('confirm-password')
  for (const [subject, outcome] of [['s-2', 'refused'], ['s-6', 'confirmed']]) {
    const opened = page.context().waitForEvent('page')
    await panel.getByTestId('confirm-at-provider').click()
    const popup = await opened
    // The provider knows the browser, and asks all the same.
    const closed = popup.waitForEvent('close')
    await enterAtProvider(popup, subject)
    await closed
    if (outcome === 'refused') await panel.getByText('没有确认').waitFor()
  }
  await page.getByTestId('totp-secret').waitFor()
  await page.context().close()
  assert.deepEqual(complaints, [])
})
