// The page of the open data against the real binary: in both languages, on a phone and on a desk, every example run.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { faultsOf } from './axe.mjs'
import { launchBrowser } from './browser.mjs'
import { parkTime, sendHuzhou } from './huzhou-message.mjs'
import { startPlatform } from './platform.mjs'

const timeoutMs = 20_000
const shots = process.env.BOWEI_SHOTS
const config = `
[limits]
public_requests_per_second = 30

[open_data]
licence = "https://creativecommons.org/licenses/by/4.0/"
contact = "mailto:data@example.org"
`
/** A lot that is never heard of, and a closed one. */
const registry = `
[[lot]]
code = "330521-007"
provider = "hz-demo"
name = "武康路段 <A&B> 🚗"
kind = "on-street"
district = "330521"
longitude = 119.9674
latitude = 30.5338
spaces_total = 30
ids = { huzhou = "HZLD0007" }

[[lot]]
code = "330502-009"
provider = "hz-demo"
name = "旧停车场"
kind = "off-street"
district = "330502"
longitude = 120.09
latitude = 30.89
spaces_total = 40
closed = true
ids = { huzhou = "HZ330502009" }
`
const words = {
  zh: { title: '开放数据', run: '运行示例', answered: 'HTTP 200', limit: '每个地址平均每秒 30 次请求，另可突发 200 次', none: '停用 1 个' },
  en: { title: 'Open data', run: 'Run the example', answered: 'HTTP 200', limit: 'One address may ask 30 times a second on average, and 200 times', none: '1 closed' },
}

let platform
let browser
const complaints = []

before(async () => {
  assert.ok(process.env.BOWEI_BIN, 'BOWEI_BIN must name the built bowei binary')
  platform = await startPlatform(process.env.BOWEI_BIN, { registry, config })
  const business = {
    parkinglotId: 'HZ330502001', parkingdataId: 'OPEN1', vehiclePlate: '浙E12345', vehicleType: 1, channel_name: '东门入口',
    parkTime: parkTime(), remainingSpaces: 137,
  }
  const { status, body } = await sendHuzhou(platform.address, '/api/parkinglot/in', platform.keys, business)
  assert.equal(status, 200, body)
  if (shots) await mkdir(shots, { recursive: true })
  browser = await launchBrowser()
})

after(async () => {
  await browser?.close()
  await platform?.stop()
})

async function open(lang, width, theme = 'light') {
  const context = await browser.newContext({ viewport: { width, height: width < 600 ? 844 : 900 }, locale: lang === 'zh' ? 'zh-CN' : 'en-GB' })
  const page = await context.newPage()
  page.setDefaultTimeout(timeoutMs)
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' || /Content Security Policy/i.test(message.text())) complaints.push(message.text())
  })
  await page.goto(`${platform.address}/open-data?lang=${lang}&theme=${theme}`)
  await page.getByRole('heading', { name: words[lang].title, exact: true }).waitFor()
  return page
}

for (const lang of ['zh', 'en']) {
  for (const width of [390, 1280]) {
    test(`every example is run and the page holds together: ${lang}, ${width} px`, async () => {
      const page = await open(lang, width)
      const files = page.locator('[data-path]')
      await files.first().waitFor()
      assert.equal(await files.count(), 9)
      for (const file of await files.all()) {
        const path = await file.getAttribute('data-path')
        await file.getByRole('button', { name: words[lang].run }).click()
        const example = file.getByTestId('example')
        await example.waitFor()
        const text = (await example.textContent()) ?? ''
        assert.ok(text.includes(words[lang].answered), `${path}: ${text}`)
        if (path !== '/open/v1/stream') {
          assert.match(text, /ETag/, path)
          // What is shown was answered: the lot, and no plate.
          assert.match(await file.locator('pre').textContent(), path.includes('OnStreet') ? /武康路段/ : /330502-001/, path)
          assert.ok(!text.includes('E12345'), `${path} shows a plate`)
        }
      }
      await page.getByText(words[lang].limit).waitFor()
      assert.ok((await page.getByTestId('now').textContent())?.includes(words[lang].none))
      const licence = page.getByTestId('licence')
      assert.equal(await licence.getByRole('link').first().getAttribute('href'), 'https://creativecommons.org/licenses/by/4.0/')
      assert.equal(await licence.getByRole('link').last().getAttribute('href'), 'mailto:data@example.org')
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      assert.ok(over <= 0, `${over} px wider than the page`)
      if (shots) await page.screenshot({ path: join(shots, `open-data-${lang}-${width}.png`), fullPage: true })
      assert.deepEqual(await faultsOf(page), [])
      await page.context().close()
    })
  }
}

test('the page can be read in the dark, and is found from the map', async () => {
  const page = await open('zh', 1280, 'dark')
  await page.locator('[data-path]').first().waitFor()
  if (shots) await page.screenshot({ path: join(shots, 'open-data-dark.png') })
  assert.deepEqual(await faultsOf(page), [])
  await page.goto(`${platform.address}/`)
  await page.getByRole('link', { name: '开放数据', exact: true }).click()
  await page.getByRole('heading', { name: '开放数据', exact: true }).waitFor()
  assert.equal(new URL(page.url()).pathname, '/open-data')
  await page.context().close()
})

test('no page failed or went against the content policy', () => {
  assert.deepEqual(complaints.filter((words) => !/WebGL/i.test(words)), [])
})
