// Every page of a city with a week behind it, in both languages, light and dark, on a phone, a laptop and a wall: none
// complains, none sticks out, none keeps anybody out. The pages of drivers have their own tests.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { chromium } from 'playwright-core'

import { faultsOf } from './axe.mjs'
import { startDemo } from './demo.mjs'
import { knowsPeople } from './people.mjs'

const timeoutMs = 30_000
const widths = [390, 1280, 1920]
const shots = process.env.BOWEI_SHOTS

const binary = process.env.BOWEI_BIN
const skip = binary ? !await knowsPeople(binary) && 'the binary has no `bowei user`' : 'BOWEI_BIN must name the built bowei binary'

let demo
let browser

before(async () => {
  if (skip) return
  if (shots) await mkdir(shots, { recursive: true })
  demo = await startDemo(binary, '--lots', '16', '--size', '3', '--gateways', '1', '--faulty-lots', '5')
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless', '--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-quic',
      '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
  })
})

after(async () => {
  await browser?.close()
  await demo?.stop()
})

/** The first of a list, for the page of one. */
async function first(list, id) {
  const answer = await fetch(`${demo.address}/api/v1/${list}`, { headers: { Authorization: `Bearer ${demo.token}` } })
  assert.ok(answer.ok, `${list}: ${answer.status}`)
  const [item] = (await answer.json()).items
  return item ? [`${list.split('?')[0]}/${item[id]}`] : []
}

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
    for (const language of ['zh', 'en']) {
      at = `${login ?? 'anybody'} ${path} ${language}`
      await page.emulateMedia({ colorScheme: 'light' })
      await page.setViewportSize({ width: 1280, height: 800 })
      await page.goto(`${demo.address}${path}?lang=${language}`)
      await page.locator('h1').first().waitFor()
      // What is read is there, or it is said why not.
      await page.getByText(/^(正在读取|Loading)…$/).first().waitFor({ state: 'detached' }).catch(() => failures.push(`${at}: still reads`))
      if (page.url().includes('sign-in') !== path.includes('sign-in')) failures.push(`${at}: led to ${page.url()}`)
      for (const theme of shots ? ['light', 'dark'] : [language === 'zh' ? 'light' : 'dark']) {
        await page.emulateMedia({ colorScheme: theme })
        for (const width of widths) {
          await page.setViewportSize({ width, height: width === 390 ? 844 : 900 })
          // Charts follow their frames a moment later.
          const fits = page.waitForFunction(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth, null, { timeout: 3_000 })
          await fits.catch(() => failures.push(`${at}: wider than ${width}`))
          if (width === (theme === 'light' ? 1280 : 390)) failures.push(...(await faultsOf(page)).map((fault) => `${at} ${theme} ${width}: ${fault}`))
          if (shots) await page.screenshot({ path: join(shots, `${path.replaceAll('/', '-').slice(1)}-${language}-${theme}-${width}.png`), fullPage: true })
        }
      }
    }
  }
  await context.close()
  return failures
}

test('no page complains, sticks out or keeps anybody out', { skip }, async () => {
  const ones = await Promise.all([
    first('lots', 'code'), first('cases', 'id'), first('orders', 'id'), first('providers', 'code'), first('registrations', 'id'), first('reservations', 'code'),
  ])
  const office = [
    '', 'profile', 'lots', 'passages', 'cases', 'rates', 'orders', 'rules', 'reports', 'findings', 'providers', 'registrations', 'businesses',
    'messages', 'reservations', 'charging', 'off-peak', 'exports', 'retention', 'jobs', 'system', ...ones.flat(),
  ].map((page) => `/console/${page}`.replace(/\/$/, ''))
  const half = Math.ceil(office.length / 2)
  const failures = await Promise.all([
    walk('operator', office.slice(0, half)), walk('operator', office.slice(half)),
    walk('security', ['/console/people', '/console/tokens']).then(async (found) => [
      ...found, ...await walk('audit', ['/console/audit']), ...await walk(null, ['/console/sign-in', '/join', '/reservation']),
    ]),
  ])
  assert.deepEqual(failures.flat(), [])
})
