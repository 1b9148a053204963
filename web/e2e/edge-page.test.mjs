import assert from 'node:assert/strict'
import { access } from 'node:fs/promises'
import { after, afterEach, before, test } from 'node:test'

import { launchBrowser } from './browser.mjs'
import { allWell, letter, passage, startGateway, uplink } from './fake-gateway.mjs'

const timeoutMs = 20_000

let browser
let gateway
const complaints = []

before(async () => {
  await assert.doesNotReject(
    access(new URL('../dist-edge/index.html', import.meta.url)),
    'web/dist-edge is not built: run `make web`, or `npm run build` here.',
  )
  browser = await launchBrowser()
})

after(() => browser?.close())

afterEach(async () => {
  await Promise.all((browser?.contexts() ?? []).map((context) => context.close()))
  await gateway?.stop()
  gateway = undefined
})

async function openPage(state, { behind = '', viewport = { width: 800, height: 600 } } = {}) {
  gateway = await startGateway(state)
  const context = await browser.newContext({ viewport, locale: 'zh-CN' })
  const page = await context.newPage()
  page.setDefaultTimeout(timeoutMs)
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) complaints.push(message.text())
  })
  await page.goto(gateway.address + '/' + behind)
  return page
}

const headline = (page, text) => page.getByTestId('headline').getByRole('heading').filter({ hasText: text }).waitFor()

test('all is well: the headline, the platform and the cars that passed are shown', async () => {
  const page = await openPage(allWell())
  await headline(page, '一切正常：湖州平台已连上')
  await page.locator('[data-uplink=huzhou][data-state=up]').waitFor()
  assert.equal(await page.getByTestId('vacant').textContent(), '127')
  const row = page.getByTestId('passages').locator('[data-seq="12"]')
  assert.match((await row.textContent()) ?? '', /浙E·12345.*东门入口/s)
  await row.getByLabel('湖州平台：已接收').waitFor()
  assert.match((await page.getByTestId('cameras').textContent()) ?? '', /in-1.*海康威视/s)
})

test('a platform that is down is told in words, and its recovery is seen without a reload', async () => {
  const state = allWell()
  const since = new Date(Date.now() - 120_000).toISOString()
  state.status.uplinks = [
    uplink('huzhou', { state: 'down', why: '连接被拒绝', backlog: 312, backlog_bytes: 90_000, oldest_waiting: since }),
  ]
  const page = await openPage(state)
  await headline(page, /无法连接湖州平台，已积压 312 条，最早 \d\d:\d\d；本地已保存，恢复后自动补传/)
  const card = page.locator('[data-uplink=huzhou]')
  assert.equal(await card.getAttribute('data-state'), 'down')
  assert.match((await card.textContent()) ?? '', /无法连接.*连接被拒绝/s)
  await card.getByRole('img', { name: '积压还剩 312 条' }).waitFor()
  state.status.uplinks = [uplink('huzhou')]
  await headline(page, '一切正常')
})

test('the daily comparison shows its days, and says where there is none', async () => {
  const state = allWell()
  const numbers = { entries: 1_200, exits: 1_180, photos: 0, charges: 0 }
  const day = {
    day: '2026-03-31', asked_at: new Date().toISOString(), own: numbers, had: { ...numbers, entries: 1_197 }, missing: 3, resent: 3,
    still_missing: 1, unknown_to_lot: 0, done: true,
  }
  const order = {
    number: '〔2026〕12号', what: { zh: '记录缺失', en: 'Missing record' }, due_at: null, state: 'served', state_zh: '已送达', findings: 1_240, cured: 3,
  }
  const orders = { asked_at: new Date().toISOString(), why: null, more: false, items: [order] }
  const reconciliation = { configured: true, state: 'failed', why: '503', next: null, days: [day], orders }
  state.status.uplinks = [uplink('huzhou'), uplink('ningbo', { reconciliation })]
  const page = await openPage(state)
  const panel = page.getByTestId('reconciliation')
  assert.match((await panel.locator('[data-reconciliation=huzhou]').textContent()) ?? '', /未配置/)
  const compared = panel.locator('[data-reconciliation=ningbo]')
  assert.match((await compared.textContent()) ?? '', /未能核对.*503/s)
  const cells = await compared.locator('tbody td').allTextContents()
  assert.deepEqual(cells, ['2026-03-31', '1,200 / 1,180', '1,197 / 1,180', '3', '3', '1'])
  const ordered = await page.getByTestId('orders').locator('tbody td').allTextContents()
  assert.deepEqual([...ordered.slice(0, 2), ...ordered.slice(3)], ['〔2026〕12号', '记录缺失', '已送达', '3 / 1,240'])
  await page.getByTestId('language').click()
  await panel.getByText('Not compared').waitFor()
})

test('the language is switched and remembered', async () => {
  const page = await openPage(allWell())
  await headline(page, '一切正常')
  await page.getByTestId('language').click()
  await headline(page, 'All is well: Huzhou connected')
  await page.reload()
  await headline(page, 'All is well: Huzhou connected')
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en-GB')
})

test('an address may choose language and look, and the reader’s own switch goes before it', async () => {
  const page = await openPage(allWell(), { behind: '?lang=en&theme=dark' })
  await headline(page, 'All is well: Huzhou connected')
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  assert.equal(await background(), 'rgb(11, 16, 21)')
  await page.getByTestId('language').click()
  await headline(page, '一切正常')
  assert.equal(new URL(page.url()).search, '?theme=dark')
  await page.goto(gateway.address + '/?theme=light')
  await headline(page, '一切正常')
  assert.equal(await background(), 'rgb(238, 241, 244)')
})

test('a refused report is mended, sent and followed until the platform accepts it', async () => {
  const state = { ...allWell(), letters: [letter(3)] }
  state.status.uplinks = [uplink('huzhou', { dead_letters: 1, backlog: 1, in_flight: 1 })]
  const page = await openPage(state)
  await headline(page, '湖州平台拒收 1 条')
  await page.getByRole('button', { name: '查看与修改第 3 号' }).click()
  const dialog = page.getByTestId('letter')
  await dialog.getByText('plateNo：应为车牌，收到').waitFor()
  const report = dialog.getByTestId('report')
  const mended = dialog.getByTestId('send-mended')
  assert.equal(await mended.isDisabled(), true, 'nothing is changed yet')
  const original = JSON.parse(await report.inputValue())
  await report.fill('{"plate"')
  await dialog.getByText('不是合法的 JSON').waitFor()
  assert.equal(await mended.isDisabled(), true, 'this is no JSON')
  await report.fill(JSON.stringify({ ...original, plate: '浙E12345' }))
  await mended.click()
  await dialog.waitFor({ state: 'detached' })
  assert.deepEqual(JSON.parse(state.retried[0].text), { ...original, plate: '浙E12345' })
  const results = page.getByTestId('retries')
  await results.getByText('第 3 号已排队重传（序号 77），等待湖州平台答复').waitFor()
  state.status.uplinks = [uplink('huzhou')]
  state.passages = [passage(77), ...state.passages]
  await results.getByText('第 3 号重传成功，湖州平台已接收').waitFor()
  await headline(page, '一切正常')
  await page.getByTestId('letters').getByText('没有被拒收的上报').waitFor()
})

test('one sent as it is goes without a body, and being refused again is told with the new words', async () => {
  const state = { ...allWell(), letters: [letter(3), letter(4)] }
  state.status.uplinks = [uplink('huzhou', { dead_letters: 2, backlog: 1, in_flight: 1 })]
  const page = await openPage(state)
  await page.getByRole('button', { name: '原样重传第 4 号' }).click()
  const results = page.getByTestId('retries')
  await results.getByText('第 4 号已排队重传').waitFor()
  assert.equal(state.retried[0].text, '')
  state.letters = [...state.letters, letter(8, { seq: 77, why: '车位编号不存在' })]
  await results.getByText('第 4 号重传后仍被湖州平台拒收：车位编号不存在').waitFor()
})

test('what the gateway says against a mended report stays in the dialog, with the text', async () => {
  const state = { ...allWell(), letters: [letter(3)], refusal: { status: 422, title: '报告不对', detail: 'plate：应为车牌，收到 “X”' } }
  const page = await openPage(state)
  await page.getByRole('button', { name: '查看与修改第 3 号' }).click()
  const dialog = page.getByTestId('letter')
  await dialog.getByTestId('report').fill('{"kind":"entry","plate":"X"}')
  await dialog.getByTestId('send-mended').click()
  await dialog.getByRole('alert').filter({ hasText: '报告不对：plate：应为车牌，收到 “X”' }).waitFor()
  assert.equal(await dialog.getByTestId('report').inputValue(), '{"kind":"entry","plate":"X"}')
})

test('one that has gone from elsewhere is told to be gone', async () => {
  const state = { ...allWell(), letters: [letter(3)], refusal: { status: 404, title: '没有这条', detail: '' } }
  const page = await openPage(state)
  await page.getByRole('button', { name: '原样重传第 3 号' }).click()
  await page.getByTestId('retries').getByText('第 3 号已不存在').waitFor()
})

test('the refused reports are exported', async () => {
  const page = await openPage({ ...allWell(), token: 'secret', letters: [letter(3)] }, { behind: '#token=secret' })
  const saved = page.waitForEvent('download')
  await page.getByRole('button', { name: '导出 CSV' }).click()
  assert.equal((await saved).suggestedFilename(), 'dead-letters.csv')
})

test('a gateway that wants a token asks for it, says so when it is wrong, and keeps it for the tab', async () => {
  const page = await openPage({ ...allWell(), token: 'secret' })
  await page.getByRole('heading', { name: '网关令牌' }).waitFor()
  assert.equal(await page.getByRole('alert').count(), 0, 'no token was given yet, so none was wrong')
  await page.getByTestId('token').fill('guess')
  await page.getByRole('button', { name: '进入' }).click()
  await page.getByRole('alert').filter({ hasText: '令牌无效' }).waitFor()
  await page.getByTestId('token').fill('secret')
  await page.getByRole('button', { name: '进入' }).click()
  await headline(page, '一切正常')
  await page.reload()
  await headline(page, '一切正常')
})

test('a token in the address is used and taken out of it', async () => {
  const page = await openPage({ ...allWell(), token: 'secret' }, { behind: '#token=secret' })
  await headline(page, '一切正常')
  assert.equal(new URL(page.url()).hash, '')
})

test('a gateway that is gone is told, with the age of what is still shown', async () => {
  const page = await openPage(allWell())
  await headline(page, '一切正常')
  await gateway.stop()
  await headline(page, /无法连接网关（127\.0\.0\.1:\d+），以下为 \d+ 秒前的情况/)
  assert.match((await page.getByTestId('rooms').getAttribute('class')) ?? '', /\bold\b/)
  assert.equal(await page.getByTestId('vacant').textContent(), '127')
})

test('nothing is cut off on a phone, however much is wrong', async () => {
  const state = { ...allWell(), letters: [letter(3, { why: 'x'.repeat(300) })] }
  state.status.uplinks = ['huzhou', 'ningbo', 'a', 'b', 'c'].map((name) =>
    uplink(name, { state: 'refused', why: '1003 '.repeat(30), url: `http://${'a'.repeat(90)}.example` }))
  state.passages = [passage(12, {
    gate_name: '南门出口（货运专用通道）', standing: Object.fromEntries(state.status.uplinks.map(({ name }) => [name, 'waiting'])),
  })]
  const page = await openPage(state, { viewport: { width: 360, height: 640 } })
  await headline(page, '湖州平台不接受本网关的账号')
  await page.locator('[data-letter="3"]').waitFor()
  const [wide, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
  assert.ok(wide <= seen, `the page is ${wide} wide on a screen of ${seen}`)
  const rows = page.getByTestId('passages').getByRole('region')
  assert.ok(await rows.evaluate((box) => box.scrollWidth <= box.clientWidth), 'the passages are cut off')
})

test('the page never failed or went against the content policy', () => {
  assert.deepEqual(complaints, [])
})
