// The driver's page against the real binary, at a phone and at a desk, in both languages: find, filter, open, navigate,
// offline; streets from a PMTiles file, a tile server and a style; its budgets; what axe finds.
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'

import { faultsOf } from './axe.mjs'
import { launchBrowser } from './browser.mjs'
import { pmtiles, tileColour, tileServer } from './city-tiles.mjs'
import { parkTime, sendHuzhou } from './huzhou-message.mjs'
import { startPlatform } from './platform.mjs'

const timeoutMs = 45_000
const shots = process.env.BOWEI_SHOTS
const sizes = {
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
  desk: { viewport: { width: 1280, height: 900 } },
}
const languages = ['zh', 'en']

/** More than a reader looks at. */
const others = 400
const lots = `
[[lot]]
code = "330502-002"
provider = "hz-demo"
name = "浙北大厦停车场"
kind = "off-street"
district = "330502"
address = "红旗路88号"
longitude = 120.0868
latitude = 30.8937
datum = "WGS84"
spaces_total = 120
charging_spaces = 12
accessible_spaces = 3
tariff = "首小时 5 元，之后每小时 2 元"
hours = "全天"
gates = [{ name = "东门", direction = "in" }, { name = "西门", direction = "out" }]
ids = { huzhou = "HZ330502002" }
${Array.from({ length: others }, (_, n) => `
[[lot]]
code = "330523-${String(n).padStart(3, '0')}"
provider = "hz-demo"
name = "安吉路段${n}"
kind = "on-street"
district = "330523"
address = "胜利西路${n}号"
longitude = ${119.6 + (n % 20) * 0.005}
latitude = ${30.6 + Math.floor(n / 20) * 0.004}
datum = "WGS84"
spaces_total = 30
`).join('')}`
const zhebei = { code: '330502-002', at: [120.0868, 30.8937] }

const binary = process.env.BOWEI_BIN
const skip = !binary && 'BOWEI_BIN must name the built bowei binary'

let platform
let browser
const complaints = []

before(async () => {
  if (skip) return
  platform = await startPlatform(binary, { registry: lots, registersFirst: true })
  if (shots) await mkdir(shots, { recursive: true })
  browser = await launchBrowser()
  for (const [id, lot, free] of [['A1', 'HZ330502001', 9], ['A2', 'HZ330502002', 57]]) {
    const business = {
      parkinglotId: lot, parkingdataId: id, vehiclePlate: '浙E12345', vehicleType: 1, channel_name: '东门', parkTime: parkTime(), remainingSpaces: free,
    }
    const { status, body } = await sendHuzhou(platform.address, '/api/parkinglot/in', platform.keys, business)
    assert.equal(status, 200, body)
  }
})

after(async () => {
  await browser?.close()
  await platform?.stop()
})

afterEach(() => Promise.all((browser?.contexts() ?? []).map((context) => context.close())))

/** A page that fails at nothing but the file that `lacks` names. */
async function opened(path, { at = platform.address, keeps = false, lacks = null, ...options } = sizes.desk) {
  const context = await browser.newContext({
    locale: 'zh-CN', permissions: ['geolocation'], geolocation: { longitude: zhebei.at[0], latitude: zhebei.at[1] }, ...options,
    serviceWorkers: keeps ? 'allow' : 'block',
  })
  const page = await context.newPage()
  page.setDefaultTimeout(timeoutMs)
  const complain = (said) => {
    if (!lacks || !said.includes(lacks)) complaints.push(`${path}: ${said}`)
  }
  page.on('pageerror', (error) => complain(error.stack ?? error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource|ERR_INTERNET_DISCONNECTED/.test(message.text())) complain(`${message.text()} ${JSON.stringify(message.location())}`)
  })
  await page.goto(at + path)
  return page
}

/** Nothing keeps anybody out, nothing sticks out, and what it looks like is kept. */
async function looksRight(page, name) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  assert.ok(over <= 0, `${name} is ${over} px too wide`)
  assert.deepEqual(await faultsOf(page), [], name)
  if (shots) await page.screenshot({ path: join(shots, `driver-${name}.png`) })
}

const first = (page) => page.locator('[data-lot]').first()
const lotsShown = (page) => page.locator('[data-lot]').evaluateAll((all) => all.map(({ dataset }) => dataset.lot))

async function until(what, isSo, withinMs = timeoutMs) {
  const end = Date.now() + withinMs
  for (;;) {
    const found = await isSo()
    if (found) return found
    if (Date.now() > end) throw new Error(`${what} did not come about`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** What is made up of a lot that has no week behind it. */
async function withAPast(page) {
  const date = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)
  const begins = Date.parse(`${date}T00:00:00+08:00`)
  const hours = (of) => Array.from({ length: 24 }, (_, hour) => ({ at: new Date(begins + hour * 3_600_000).toISOString(), vacant: of(hour) }))
  await page.route('**/open/v1/lots/*/history*', (route) => route.fulfill({
    json: { date, lot: zhebei.code, spaces_total: 120, items: hours((hour) => 100 - hour * 2).slice(0, 1), usual: hours((hour) => 110 - hour * 3) },
  }))
  await page.route('**/open/v1/lots/*/forecast*', (route) => {
    const minutes = new URL(route.request().url()).searchParams.get('minutes').split(',').map(Number)
    const item = (n) => ({ minutes: n, vacant: 40, low: 31, high: 52, probability: 0.93, verdict: n < 60 ? 'likely' : 'uncertain', came_true: 0.91 })
    return route.fulfill({ json: { as_of: null, items: minutes.map(item), skill: null } })
  })
}

for (const [size, options] of Object.entries(sizes)) {
  for (const lang of languages) {
    const look = lang === 'en' ? 'dark' : 'light'
    const address = (path, more = '') => `${path}?lang=${lang}&theme=${look}${more}`

    test(`find, filter, open and navigate: ${size}, ${lang}`, { skip }, async () => {
      const page = await opened(address('/'), options)
      await first(page).waitFor()
      await page.locator('.parking-map canvas').waitFor()
      await looksRight(page, `map-${size}-${lang}`)

      const search = page.getByTestId('search')
      for (const typed of ['浙北', 'zbds', 'hongqilu zhebei']) {
        await search.fill(typed)
        await until(`one lot by ${typed}`, async () => (await lotsShown(page)).join() === zhebei.code)
      }
      await search.fill(lang === 'zh' ? '吴兴' : 'Wuxing')
      await page.getByTestId('place').first().click()
      await page.locator('.origin').waitFor()
      assert.match(await page.locator('.origin').textContent(), lang === 'zh' ? /吴兴区附近/ : /Near Wuxing/)
      assert.equal(await search.inputValue(), '', 'what was typed has led there')

      await page.getByTestId('want-charging').click()
      await until('lots with chargers', async () => (await lotsShown(page)).join() === zhebei.code)
      assert.match(page.url(), /charging=1/)
      await page.reload()
      await until('the same again', async () => (await lotsShown(page)).join() === zhebei.code)
      await page.getByTestId('want-charging').click()

      await page.getByTestId('near-me').click()
      await until('the nearest first', async () => (await lotsShown(page))[0] === zhebei.code)
      await first(page).locator('button').click()
      const card = page.getByTestId('lot-card')
      await card.waitFor()
      assert.equal(await page.getByTestId('card-vacant').textContent(), '57')
      assert.equal(await page.getByTestId('arrive-in').inputValue(), '5', 'it is here')
      assert.match(await card.textContent(), /首小时 5 元/)
      const [amap, tencent, baidu] = await Promise.all(['amap', 'tencent', 'baidu'].map((app) => page.getByTestId(`navigate-${app}`).getAttribute('href')))
      assert.match(decodeURIComponent(amap), /^https:\/\/uri\.amap\.com\/navigation\?.*to=120\.0916\d+,30\.8916\d+,.*coordinate=gaode/)
      assert.match(decodeURIComponent(tencent), /tocoord=30\.8916\d+,120\.0916\d+/)
      assert.match(decodeURIComponent(baidu), /destination=latlng:30\.8976\d+,120\.0981\d+.*coord_type=bd09ll/)
      await looksRight(page, `card-${size}-${lang}`)

      await withAPast(page)
      await page.getByTestId('card-details').click()
      await page.getByTestId('day-chart').locator('canvas').waitFor()
      await page.getByTestId('arrive-in').selectOption('30')
      await page.getByTestId('arrival').locator('.likely').waitFor()
      await page.getByTestId('arrive-in').selectOption('60')
      await page.getByTestId('arrival').locator('.uncertain').waitFor()
      await page.getByTestId('gates').getByText('东门').waitFor()
      await page.getByTestId('day').locator('summary').click()
      await page.getByTestId('day').locator('tbody tr').nth(3).waitFor()
      let told
      await page.route('**/taps', (route) => {
        told = route.request().postDataJSON()
        return route.fulfill({ status: 204 })
      })
      await page.getByTestId('tap-found').click()
      await page.getByTestId('tap').getByRole('status').waitFor()
      assert.deepEqual(told, { found: true })
      await looksRight(page, `lot-${size}-${lang}`)
    })
  }
}

/** A tap on a map that still moves, or has not drawn its marks yet, is one beside them. */
async function mapRests(page) {
  await page.locator('.parking-map [aria-busy=false]').waitFor()
  const canvas = page.locator('.parking-map canvas')
  await until('a map at rest', async () => {
    const before = await canvas.screenshot()
    await page.waitForTimeout(400)
    return before.equals(await canvas.screenshot())
  })
}

test('a number and a sum on the map can be tapped, and so can a place beside them', { skip }, async () => {
  // Two lots, less than a kilometre from each other: one sum at the scale of a city.
  const page = await opened('/?district=330502')
  await first(page).waitFor()
  const canvas = page.locator('.parking-map canvas')
  await canvas.waitFor()
  const scale = () => page.locator('.maplibregl-ctrl-scale').textContent()
  const { x, y, width, height } = await canvas.boundingBox()
  const [middle, centre] = [x + width / 2, y + height / 2]
  const before = await until('a scale', async () => (await scale()) || null)
  await mapRests(page)
  await page.mouse.click(middle, centre)
  await until('a sum that leads to its lots', async () => await scale() !== before)
  await mapRests(page)
  await page.getByTestId('near-me').click()
  await page.locator('.origin').waitFor()
  await mapRests(page)
  // Its pin stands on its place.
  await page.mouse.click(middle, centre - 16)
  await page.getByTestId('lot-card').waitFor()
  assert.match(page.url(), new RegExp(`lot=${zhebei.code}`))
  await page.mouse.click(middle - 200, centre + 150)
  await page.getByTestId('lot-card').waitFor({ state: 'detached' })
  await page.mouse.click(middle - 200, centre + 150)
  await page.locator('.origin').getByText('所点位置附近').waitFor()
})

test('two taps beside everything bring the map nearer, and ask for nothing there', { skip }, async () => {
  const page = await opened('/?district=330502')
  await first(page).waitFor()
  await mapRests(page)
  const { x, y, width, height } = await page.locator('.parking-map canvas').boundingBox()
  const scale = () => page.locator('.maplibregl-ctrl-scale').textContent()
  const before = await scale()
  // As a hand does it, and not both at one instant.
  await page.mouse.dblclick(x + width / 2 - 200, y + height / 2 + 150, { delay: 60 })
  await until('a nearer map', async () => await scale() !== before)
  await mapRests(page)
  assert.equal(await page.locator('.origin').count(), 0)
})

test('whoever forbids to be located is told what else to do', { skip }, async () => {
  const page = await opened('/', { ...sizes.phone, permissions: [] })
  await page.getByTestId('near-me').click()
  await page.getByText('未获定位许可').waitFor()
})

test('the sheet is pulled up and down by hand, by keys and by a tap', { skip }, async () => {
  const page = await opened('/', sizes.phone)
  await first(page).waitFor()
  const handle = page.getByTestId('sheet-handle')
  const top = async () => Math.round((await handle.boundingBox()).y)
  const resting = () => until('it rests', async () => {
    const now = await top()
    await page.waitForTimeout(250)
    return now === await top() ? now : null
  })
  const half = await resting()
  await handle.focus()
  await page.keyboard.press('Enter')
  await until('it is high', async () => await top() < half - 200)
  await handle.click()
  await until('it is low', async () => await top() > half + 200)
  assert.equal(await handle.getAttribute('aria-expanded'), 'false')
  // Taken hold of while it is still on its way, it would be somewhere else when the button goes down.
  await resting()
  const { x, y, width, height } = await handle.boundingBox()
  await page.mouse.move(x + width / 2, y + height / 2)
  await page.mouse.down()
  await page.mouse.move(x + width / 2, half + 20, { steps: 5 })
  await page.mouse.up()
  await until('it is where it was let go', async () => Math.abs(await top() - half) < 3)
})

test('a phone at twice the size shows all of it, one under the other', { skip }, async () => {
  const page = await opened('/?lang=zh', { viewport: { width: 195, height: 422 }, hasTouch: true, isMobile: true, deviceScaleFactor: 4 })
  await first(page).waitFor()
  await page.getByTestId('near-me').waitFor()
  await looksRight(page, 'twice-zh')
  await first(page).locator('button').click()
  await page.getByTestId('card-details').press('Enter')
  await page.getByTestId('vacant').waitFor()
  await looksRight(page, 'twice-lot-zh')
})

/** Kilobytes of script before the map, compressed. */
const scriptBudget = 300_000
/** Of the first list, on a phone's processor. */
const listBudgetMs = 2_000

test('scripts before the map stay within 300 kB, and arrive compressed', { skip }, async (t) => {
  const page = await opened('about:blank', { at: '' })
  const scripts = []
  page.on('response', (response) => {
    if (response.request().resourceType() === 'script' || /\.js$/.test(new URL(response.url()).pathname)) scripts.push(response)
  })
  await page.goto(`${platform.address}/`)
  await first(page).waitFor()
  await page.locator('.parking-map canvas').waitFor()
  const measured = await Promise.all(scripts.map(async (response) => {
    const body = await response.body()
    return { name: new URL(response.url()).pathname, bytes: gzipSync(body).length, encoding: response.headers()['content-encoding'], isMap: body.includes('maplibregl') || /maplibre/.test(response.url()) }
  }))
  const before = measured.filter(({ isMap }) => !isMap)
  const sum = before.reduce((bytes, each) => bytes + each.bytes, 0)
  t.diagnostic(`script before the map: ${Math.round(sum / 1_000)} kB compressed, in ${before.length} files; the map: ${Math.round(measured.filter(({ isMap }) => isMap).reduce((bytes, each) => bytes + each.bytes, 0) / 1_000)} kB`)
  assert.ok(before.length > 1 && before.length < measured.length, 'the page and the map were seen')
  assert.ok(sum <= scriptBudget, `${sum} bytes`)
  assert.ok(before.every(({ bytes, encoding }) => encoding === 'br' || bytes < 1_000), JSON.stringify(before))
  assert.equal(before.some(({ name }) => /echarts|installCanvas/i.test(name)), false)
})

test(`the first list of ${others + 2} lots is there in two seconds on a processor of a quarter of the speed`, { skip }, async (t) => {
  const measure = async () => {
    const page = await opened('about:blank', { ...sizes.phone, at: '' })
    const session = await page.context().newCDPSession(page)
    await session.send('Emulation.setCPUThrottlingRate', { rate: 4 })
    await session.send('Performance.enable', { timeDomain: 'threadTicks' })
    // It comes after the list.
    await page.route(/assets\/(ParkingMap|map-style)-[^/]*\.js$/, () => undefined)
    await page.addInitScript(() => {
      const seen = () => {
        if (window.firstListAt || !document.querySelector('[data-lot]')) return
        requestAnimationFrame(() => {
          window.firstListAt ??= performance.now()
        })
      }
      new MutationObserver(seen).observe(document, { childList: true, subtree: true })
    })
    await page.goto(`${platform.address}/`)
    await page.waitForFunction(() => window.firstListAt)
    const { metrics } = await session.send('Performance.getMetrics')
    const worked = Math.round(metrics.find(({ name }) => name === 'TaskDuration').value * 1_000)
    const at = await page.evaluate(() => Math.round(window.firstListAt))
    await page.context().close()
    t.diagnostic(`first list, processor throttled 4 times: after ${at} ms, of which the page worked ${worked} ms`)
    return worked
  }
  const tries = []
  // What the page works, not what it waits for a machine that builds something else meanwhile: the network is none here.
  while (tries.length < 2 && !tries.some((ms) => ms < listBudgetMs)) tries.push(await measure())
  assert.ok(tries.some((ms) => ms < listBudgetMs), `${tries} ms`)
})

/** The colour of the ground as it is seen: at a desk and at a phone nothing stands over that place. */
async function groundIs(page, wanted) {
  const { x, y } = await page.locator('.parking-map canvas').boundingBox()
  await until(`a ground of ${wanted}`, async () => {
    const shot = await page.screenshot({ clip: { x: x + 30, y: y + 180, width: 2, height: 2 } })
    const seen = await page.evaluate(async (base64) => {
      const image = new Image()
      image.src = `data:image/png;base64,${base64}`
      await image.decode()
      const sheet = document.createElement('canvas').getContext('2d')
      sheet.drawImage(image, 0, 0)
      return [...sheet.getImageData(0, 0, 1, 1).data.slice(0, 3)]
    }, shot.toString('base64'))
    return seen.every((part, n) => Math.abs(part - wanted[n]) < 8)
  })
}

test('streets come from a PMTiles file in the data folder, with nothing from elsewhere, and are searched', { skip }, async () => {
  await writeFile(join(platform.data, 'tiles.pmtiles'), pmtiles())
  const page = await opened('about:blank', { ...sizes.desk, at: '' })
  const asked = []
  page.on('response', (response) => asked.push([response.url(), response.status()]))
  await page.goto(`${platform.address}/?theme=light`)
  await first(page).waitFor()
  await page.getByTestId('near-me').click()
  // The land of Protomaps' light flavour.
  await groundIs(page, [226, 223, 218])
  const ranges = asked.filter(([url]) => url.includes('/tiles/city.pmtiles?v='))
  assert.ok(ranges.length > 1 && ranges.every(([, status]) => status === 206), JSON.stringify(ranges))
  assert.ok(asked.some(([url]) => url.includes('/map/light')), 'the icons are the platform’s own')
  assert.deepEqual(asked.filter(([url]) => /^https?:/.test(url) && !url.startsWith(platform.address)), [], 'something from elsewhere')
  await page.getByTestId('search').fill('rmlu')
  await page.getByTestId('search').fill('rml')
  await page.getByTestId('place').filter({ hasText: '人民路' }).first().waitFor()
  if (shots) await page.screenshot({ path: join(shots, 'driver-streets.png') })
})

test('streets come from a tile server or a style that the settings name', { skip }, async () => {
  const server = await tileServer()
  try {
    for (const [tile_url, wanted] of [[`${server.url}/{z}/{x}/{y}.png`, '.png'], [`${server.url}/style.json`, '/style.json']]) {
      server.asked.length = 0
      const other = await startPlatform(binary, { config: `[map]\ntile_url = "${tile_url}"\n` })
      try {
        const page = await opened('/', { ...sizes.desk, at: other.address })
        await first(page).waitFor()
        await groundIs(page, tileColour)
        assert.ok(server.asked.some((path) => path.endsWith(wanted)), JSON.stringify(server.asked))
        await page.context().close()
      } finally {
        await other.stop()
      }
    }
  } finally {
    server.stop()
  }
})

test('what was last seen is there without a network: the list, the streets, the lot', { skip }, async () => {
  await writeFile(join(platform.data, 'tiles.pmtiles'), pmtiles())
  const page = await opened('/', { ...sizes.phone, keeps: true })
  await first(page).waitFor()
  await page.getByTestId('near-me').click()
  await page.evaluate(() => navigator.serviceWorker.ready)
  const kept = () => page.evaluate(async () => {
    const names = await caches.keys()
    const all = await Promise.all(names.map(async (name) => [name, (await (await caches.open(name)).keys()).length]))
    return Object.fromEntries(all)
  })
  await until('the first visit is kept', async () => {
    const { shell = 0, files = 0, answers = 0 } = await kept()
    return shell > 0 && files > 8 && answers > 2
  })
  // From now on everything goes through the worker.
  await page.reload()
  await first(page).waitFor()
  await page.locator('.parking-map canvas').waitFor()
  await page.getByTestId('near-me').click()
  await until('the nearest first', async () => (await lotsShown(page))[0] === zhebei.code)
  await first(page).locator('button').click()
  await page.getByTestId('card-details').click()
  await page.getByTestId('vacant').waitFor()
  await page.getByTestId('day-chart').locator('canvas').waitFor()
  await page.goBack()
  await until('ranges of tiles are kept', async () => (await kept()).tiles > 2)

  await page.context().setOffline(true)
  await page.goto(`${platform.address}/`)
  await first(page).waitFor()
  await page.getByTestId('offline').getByText('看到的内容').waitFor()
  await page.getByTestId('near-me').click()
  await groundIs(page, [226, 223, 218])
  await looksRight(page, 'offline')
  await page.goto(`${platform.address}/lots/${zhebei.code}`)
  assert.equal(await page.getByTestId('vacant').textContent(), '57')
  await page.getByTestId('offline').waitFor()
  const others = await page.evaluate(() => fetch('/open/v1/reservations/lots/330502-002').then(() => 'answered', () => 'not there'))
  assert.equal(others, 'not there', 'nothing is kept that is not to be')
})

for (const [what, isFailing, said] of [
  ['part', (request) => request.headers().range !== 'bytes=0-16383', /^部分底图/],
  ['all', () => true, /仅显示区划$/],
]) {
  test(`a map says that it lacks ${what} of its streets, and asks again`, { skip }, async () => {
    await writeFile(join(platform.data, 'tiles.pmtiles'), pmtiles())
    const page = await opened('about:blank', { ...sizes.phone, at: '' })
    await page.route('**/tiles/city.pmtiles*', (route) => isFailing(route.request()) ? route.abort() : route.continue())
    await page.goto(`${platform.address}/?theme=light`)
    await page.getByTestId('near-me').click()
    const missing = page.getByTestId('basemap-missing')
    await missing.getByText(said).waitFor()
    await looksRight(page, `missing-${what}`)
    await page.unroute('**/tiles/city.pmtiles*')
    await missing.waitFor({ state: 'detached' })
    await groundIs(page, [226, 223, 218])
  })
}

test('a part whose file is not to be had says so in its place', { skip }, async () => {
  const page = await opened('about:blank', { ...sizes.phone, at: '', lacks: 'DayChart' })
  await page.route(/assets\/DayChart-[^/]*\.js$/, (route) => route.fulfill({ status: 404 }))
  await withAPast(page)
  await page.goto(`${platform.address}/lots/${zhebei.code}`)
  await page.getByTestId('not-loaded').getByText('这部分内容未能加载').waitFor()
  await page.getByTestId('gates').getByText('东门').waitFor()
  await looksRight(page, 'not-loaded')
  await page.unroute(/assets\/DayChart-[^/]*\.js$/)
  await page.getByTestId('not-loaded').getByRole('button').click()
  await page.getByTestId('day-chart').locator('canvas').waitFor()
})

test('a page whose file is not to be had says so, and the others are there', { skip }, async () => {
  const page = await opened('about:blank', { ...sizes.phone, at: '', lacks: 'AboutPage' })
  await page.route(/assets\/AboutPage-[^/]*\.js$/, (route) => route.fulfill({ status: 404 }))
  await page.goto(`${platform.address}/about-the-data`)
  await page.getByTestId('not-loaded').waitFor()
  await looksRight(page, 'page-not-loaded')
  await page.getByRole('link', { name: '停车地图' }).click()
  await first(page).waitFor()
})

test('a tab that was open while the platform was upgraded goes on to the next page', { skip }, async () => {
  const page = await opened('about:blank', { ...sizes.desk, at: '', lacks: 'AboutPage' })
  const asked = []
  await page.route(/assets\/AboutPage-[^/]*\.js$/, (route) => {
    asked.push(route.request().url())
    return asked.length === 1 ? route.fulfill({ status: 404 }) : route.continue()
  })
  await page.goto(`${platform.address}/`)
  await first(page).waitFor()
  await page.getByRole('link', { name: '关于数据' }).click()
  await page.waitForURL('**/about-the-data')
  await page.getByRole('heading', { level: 1 }).waitFor()
  assert.equal(asked.length, 2)
})

test('the page can be installed', { skip }, async () => {
  const page = await opened('/')
  const address = await page.locator('link[rel=manifest]').getAttribute('href')
  const answer = await fetch(platform.address + address)
  assert.equal(answer.headers.get('content-type'), 'application/manifest+json')
  const { start_url, display, icons } = await answer.json()
  assert.deepEqual([start_url, display], ['/', 'standalone'])
  for (const { src } of icons) assert.equal((await fetch(platform.address + src)).status, 200, src)
  const session = await page.context().newCDPSession(page)
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors')
  // A test's browser keeps nothing: that is all that may be against it.
  assert.deepEqual(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito'), [])
})

test('no page failed or went against the content policy', { skip }, () => {
  assert.deepEqual(complaints, [])
})
