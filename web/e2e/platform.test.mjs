import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { launchBrowser } from './browser.mjs'
import { parkTime, sendHuzhou } from './huzhou-message.mjs'
import { startPlatform } from './platform.mjs'

const lot = '330502-001'
const timeoutMs = 20_000

let platform
let browser
const complaints = []

before(async () => {
  const binary = process.env.BOWEI_BIN
  assert.ok(binary, 'BOWEI_BIN must name the built bowei binary: run `make test`, which builds it and sets it.')
  platform = await startPlatform(binary)
  browser = await launchBrowser()
})

after(async () => {
  await browser?.close()
  await platform?.stop()
})

async function openPage(path) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })
  const page = await context.newPage()
  page.setDefaultTimeout(timeoutMs)
  page.on('pageerror', (error) => complaints.push(`${path}: ${error.message}`))
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) complaints.push(`${path}: ${message.text()}`)
  })
  await page.goto(platform.address + path)
  return page
}

let sent = 0

async function sendEntry(given) {
  sent += 1
  const business = {
    parkinglotId: 'HZ330502001', parkingdataId: `E2E${String(sent).padStart(6, '0')}`, vehiclePlate: '浙E12345',
    vehicleType: 1, channel_name: '东门入口', parkTime: parkTime(), remainingSpaces: 150, ...given,
  }
  const answer = await sendHuzhou(platform.address, '/api/parkinglot/in', platform.keys, business)
  return { business, answer }
}

async function textBecomes(locator, wanted, why) {
  const until = Date.now() + timeoutMs
  let text = ''
  while (Date.now() < until) {
    text = ((await locator.textContent()) ?? '').trim()
    if (text === wanted) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  assert.fail(`expected “${wanted}”, the page shows “${text}”. ${why}`)
}

const live = (page) => page.locator('[data-testid=stream].live').waitFor()

test("a lot's page shows a reported vacancy without a reload", async () => {
  const page = await openPage(`/lots/${lot}`)
  const vacant = page.getByTestId('vacant')
  await vacant.waitFor()
  await live(page)
  assert.notEqual((await vacant.textContent())?.trim(), '137')
  await page.evaluate(() => {
    window.openedOnce = true
  })
  const { answer } = await sendEntry({ remainingSpaces: 137 })
  assert.equal(answer.status, 200, `the entry was refused: ${answer.body}`)
  await textBecomes(vacant, '137', `The platform answered ${answer.body}`)
  assert.equal(await page.evaluate(() => window.openedOnce), true, 'the page was loaded again')
  await page.context().close()
})

test('the console shows a passage as it happens', async () => {
  const page = await openPage(`/console#token=${platform.token}`)
  await live(page)
  assert.equal(new URL(page.url()).hash, '', 'the token is still in the address')
  const { answer } = await sendEntry({ vehiclePlate: '浙ED12345', remainingSpaces: 136 })
  assert.equal(answer.status, 200, `the entry was refused: ${answer.body}`)
  const passage = page.getByTestId('passages').locator('li').filter({ hasText: '浙E·D12345' })
  await passage.waitFor()
  assert.match((await passage.textContent()) ?? '', /人民广场地下停车场/)
  assert.match((await passage.textContent()) ?? '', /东门入口/)
  await page.context().close()
})

test('the console explains a refused message', async () => {
  const page = await openPage(`/console#token=${platform.token}`)
  await live(page)
  await sendEntry({ parkTime: '2026/05/01 8:00' })
  const line = page.getByTestId('refused').locator('button.line').first()
  await line.click()
  await page.getByTestId('refused').getByText('parkTime').first().waitFor()
  await page.context().close()
})

test("with the token a lot's page in the console shows the curve and the sessions", async () => {
  const page = await openPage(`/console/lots/${lot}#token=${platform.token}`)
  await page.locator('.curve canvas').waitFor()
  await page.getByTestId('sessions').locator('tbody tr').first().waitFor()
  await page.context().close()
})

test('the map page draws a map and counts the lot', async () => {
  const page = await openPage('/')
  await page.locator('.parking-map canvas').waitFor()
  await textBecomes(page.getByTestId('city-lots'), '1', 'One lot was registered.')
  await page.locator(`[data-lot="${lot}"]`).waitFor()
  await page.context().close()
})

test('a map whose graphics are taken away says so and comes back', async () => {
  const page = await openPage('/')
  const canvas = page.locator('.parking-map canvas')
  await canvas.waitFor()
  await canvas.evaluate((element) => element.getContext('webgl2').getExtension('WEBGL_lose_context').loseContext())
  await page.getByText('地图的显示被系统中断').waitFor()
  await page.getByText('地图的显示被系统中断').waitFor({ state: 'detached' })
  const isLost = await page.locator('.parking-map canvas').evaluate((element) => element.getContext('webgl2').isContextLost())
  assert.equal(isLost, false)
  await page.context().close()
})

test('the English switch works and is remembered', async () => {
  const page = await openPage('/')
  await page.getByRole('link', { name: '控制台' }).waitFor()
  await page.getByTestId('language').click()
  await page.getByRole('link', { name: 'Console' }).waitFor()
  await page.reload()
  await page.getByRole('link', { name: 'Console' }).waitFor()
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en-GB')
  await page.context().close()
})

test('an address chooses language and look for its view, from page to page, and is not remembered', async () => {
  const page = await openPage('/?lang=en&theme=dark')
  await page.getByRole('link', { name: 'Console' }).waitFor()
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor), 'rgb(11, 16, 21)')
  await page.locator(`[data-lot="${lot}"] button`).click()
  await page.getByTestId('card-details').click()
  await page.waitForURL((to) => to.pathname === `/lots/${lot}`)
  await page.getByText('of 200 spaces').waitFor()
  assert.equal(new URL(page.url()).search, '?lang=en&theme=dark')
  await page.goto(`${platform.address}/lots/${lot}`)
  await page.getByText('共 200 个泊位').waitFor()
  await page.goto(`${platform.address}/lots/${lot}?lang=en`)
  await page.getByTestId('language').click()
  await page.getByText('共 200 个泊位').waitFor()
  assert.equal(new URL(page.url()).search, '')
  await page.context().close()
})

test("a lot's page asks for no token, and shows no session", async () => {
  const page = await openPage(`/lots/${lot}`)
  await page.getByTestId('day').waitFor()
  assert.equal(await page.getByText('登录').count(), 0)
  assert.equal(await page.getByTestId('sessions').count(), 0)
  await page.context().close()
})

test('no page failed or went against the content policy', () => {
  assert.deepEqual(complaints, [])
})
