// Every page of a city with a week behind it, in both languages, light and dark, on a phone, a laptop and a wall: none
// complains, none sticks out, none keeps anybody out.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { faultsOf } from './axe.mjs'
import { launchBrowser } from './browser.mjs'
import { makeThemHappen } from './city-events.mjs'
import { startDemo } from './demo.mjs'
import { knowsPeople } from './people.mjs'

const timeoutMs = 15_000
const height = 844
const widths = [390, 1280, 1920]
/** Of the four views of a page, axe reads one in each language and each look: it takes longer than all the rest. */
const views = [{ language: 'zh', look: 'light', width: 1280 }, { language: 'en', look: 'dark', width: 390 }]
const shots = process.env.BOWEI_SHOTS

const binary = process.env.BOWEI_BIN
const skip = binary ? !await knowsPeople(binary) && 'the binary has no `bowei user`' : 'BOWEI_BIN must name the built bowei binary'

let demo
let browser

before(async () => {
  if (skip) return
  if (shots) await mkdir(shots, { recursive: true })
  demo = await startDemo(binary, '--lots', '16', '--size', '3', '--gateways', '1', '--faulty-lots', '5')
  browser = await launchBrowser()
})

after(async () => {
  await browser?.close()
  await demo?.stop()
})

async function walk(login, paths) {
  const context = await browser.newContext({ locale: 'zh-CN' })
  const page = await context.newPage()
  page.setDefaultTimeout(timeoutMs)
  let at = ''
  const failures = []
  page.on('pageerror', (error) => failures.push(`${at}: ${error.message}`))
  page.on('console', (message) => message.type() === 'error' && failures.push(`${at}: ${message.text()} ${message.location().url}`))
  if (login) {
    const given = new URLSearchParams({ login, password: demo.passwords[login] })
    await page.goto(`${demo.address}/console/sign-in#${given}`)
    await page.locator('.console-nav').waitFor()
  }
  for (const path of paths) {
    const [name, hash = ''] = path.split('#')
    const called = `${login ?? 'open'}${name.replaceAll('/', '-')}${hash && '-own'}`
    for (const { language, look, width: read } of views) {
      at = `${called} ${language}`
      await page.emulateMedia({ colorScheme: look })
      await page.setViewportSize({ width: read, height })
      // Opened by its address in one language, and switched to the other by whoever reads it. A hash alone loads nothing.
      if (language === 'zh') {
        await page.goto('about:blank')
        await page.goto(`${demo.address}${name}?lang=zh#${hash}`)
      } else {
        await page.getByTestId('language').click()
      }
      await page.locator(`html[lang^=${language}] h1`).first().waitFor().catch(() => failures.push(`${at}: no heading`))
      await settled(page).catch(() => failures.push(`${at}: still reads or draws`))
      if (new URL(page.url()).pathname !== name) failures.push(`${at}: led to ${page.url()}`)
      failures.push(...(await faultsOf(page)).map((fault) => `${at} ${look} ${read}: ${fault}`))
      for (const width of widths) {
        await page.setViewportSize({ width, height })
        // Charts follow their frames a moment later.
        const fits = page.waitForFunction(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth, null, { timeout: 3_000 })
        await fits.catch(() => failures.push(`${at}: wider than ${width}`))
        if (shots) await keep(page, `${called}-${language}-${width}`)
      }
    }
  }
  await context.close()
  return failures
}

/** What is read is there, or it is said why not; the map is drawn. */
async function settled(page) {
  // A look or a language that was just changed is told with the next frame at the earliest, and followed with the one after.
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))))
  await page.getByText(/^(正在读取|Loading)…$/).first().waitFor({ state: 'detached' })
  await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
}

async function keep(page, name) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme })
    await settled(page)
    await page.screenshot({ path: join(shots, `${name}-${colorScheme}.png`), fullPage: true })
  }
}

test('no page complains, sticks out or keeps anybody out', { skip }, async () => {
  const made = await makeThemHappen(binary, demo)
  const inConsole = (...pages) => pages.map((page) => `/console/${page}`.replace(/\/$/, ''))
  const office = inConsole(
    '', 'profile', 'lots', 'passages', 'cases', 'rates', 'orders', 'rules', 'reports', 'findings', 'providers', 'registrations', 'businesses',
    'messages', 'reservations', 'charging', 'off-peak', 'exports', 'retention', 'jobs', 'system', ...made.console,
  )
  const half = Math.ceil(office.length / 2)
  const failures = await Promise.all([
    walk('operator', office.slice(0, half)),
    walk('operator', office.slice(half)),
    walk('security', inConsole('people', 'tokens'))
      .then(async (found) => [...found, ...await walk('audit', inConsole('audit'))])
      .then(async (found) => [...found, ...await walk('provider', inConsole('', 'lots', 'cases', 'rates', 'providers/hz-a', 'messages'))])
      .then(async (found) => [...found, ...await walk(null, ['/', '/about-the-data', '/open-data', '/join', '/reservation', '/console/sign-in', '/no-such-page', ...made.open])]),
  ])
  assert.deepEqual(failures.flat(), [])
})
