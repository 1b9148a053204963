// Orders to correct against the real binary: a case becomes an order, which is issued, printed, served, answered with a
// file and given more time; a rule draft is tried; a report is taken home; the platform's own page tells of itself.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'

import { launchBrowser } from './browser.mjs'
import { parkTime, sendHuzhou } from './huzhou-message.mjs'
import { createUser, knowsPeople } from './people.mjs'
import { startPlatform } from './platform.mjs'

const timeoutMs = 20_000
const password = 'Parking-2026-Huzhou'
const rule = 'remaining-exceeds-total'
const papers = `
[accounts]
second_factor = false
[papers]
agency = "湖州市综合行政执法局"
number_prefix = "湖综执停"
review_body = "湖州市人民政府"
court = "湖州市吴兴区人民法院"
contact = "李某"
phone = "0572-0000000"
address = "湖州市人民路 9 号"
`

const binary = process.env.BOWEI_BIN
const skip = binary ? !await knowsPeople(binary) && 'the binary has no `bowei user`' : 'BOWEI_BIN must name the built bowei binary'

let platform
let browser
let order
const complaints = []

before(async () => {
  if (skip) return
  platform = await startPlatform(binary, { registersFirst: true, config: papers })
  browser = await launchBrowser()
  await createUser(binary, platform.data, { password, login: 'li', name: '李运营', role: 'operator' })
  await createUser(binary, platform.data, { password, login: 'wang', name: '王企业', role: 'provider', provider: 'hz-demo' })
  for (let n = 0; n < 3; n += 1) {
    const { body } = await sendHuzhou(platform.address, '/api/parkinglot/in', platform.keys, {
      parkinglotId: 'HZ330502001', parkingdataId: `ORDER00000${n}`, vehiclePlate: `浙E1234${n}`, vehicleType: 1, channel_name: '东门入口', parkTime: parkTime(), remainingSpaces: 900,
    })
    assert.equal(JSON.parse(body).code, 200, body)
  }
  await untilAnswered(`/api/v1/cases?rule=${rule}`, ({ items }) => items.length === 1)
})

after(async () => {
  await browser?.close()
  await platform?.stop()
})

afterEach(() => Promise.all((browser?.contexts() ?? []).map((context) => context.close())))

async function ask(path) {
  const answer = await fetch(platform.address + path, { headers: { Authorization: `Bearer ${platform.token}` } })
  return answer.ok ? answer.json() : null
}

async function untilAnswered(path, isEnough) {
  const until = Date.now() + 90_000
  for (;;) {
    const answer = await ask(path)
    if (answer && isEnough(answer)) return answer
    if (Date.now() > until) throw new Error(`${path} answers ${JSON.stringify(answer)}`)
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
}

async function signedIn(login, path) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, locale: 'zh-CN' })
  const page = await context.newPage()
  page.setDefaultTimeout(timeoutMs)
  page.on('pageerror', (error) => complaints.push(`${path}: ${error.message}`))
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) complaints.push(`${path}: ${message.text()}`)
  })
  await page.goto(platform.address + path)
  await page.waitForURL(/\/console\/sign-in/)
  const form = page.getByTestId('sign-in')
  await form.locator('[name=login]').fill(login)
  await form.locator('[name=password]').fill(password)
  await form.locator('[type=submit]').click()
  await page.locator('.console-nav').waitFor()
  return page
}

const stateOf = async () => (await ask(`/api/v1/orders/${order}`)).state

/** Chooses an action, fills its form, and gives the password where it is asked for again. */
async function act(page, action, fill = async () => undefined) {
  await page.locator(`[data-act="${action}"]`).click()
  const form = page.getByTestId('order-act')
  await fill(form)
  await form.getByTestId('order-go').click()
  const confirm = page.getByTestId('confirm-password')
  await Promise.race([confirm.waitFor(), form.waitFor({ state: 'detached' })])
  if (await confirm.count() > 0) {
    await confirm.locator('[name=password]').fill(password)
    await confirm.locator('[type=submit]').click()
  }
  await form.waitFor({ state: 'detached' })
}

test('a case becomes an order, which is issued under a number, printed and served', { skip }, async () => {
  const page = await signedIn('li', `/console/cases?rule=${rule}`)
  await page.locator('[data-case] a.title').first().click()
  await page.getByTestId('draft-order').click()
  await page.waitForURL(/\/console\/orders\/o-/)
  order = /orders\/([^?]+)/.exec(page.url())[1]

  await page.getByTestId('revise').click()
  const text = page.getByTestId('order-text')
  await text.locator('[name=demand]').fill('核对空位数的来源，改正后如实上报。')
  await page.getByTestId('save-text').click()
  await text.getByText('核对空位数的来源，改正后如实上报。').waitFor()

  await act(page, 'issue')
  await page.getByRole('heading', { name: /湖综执停〔\d{4}〕1号/ }).waitFor()
  assert.equal(await page.getByTestId('revise').count(), 0, 'what was issued does not change')
  const [printed] = await Promise.all([page.context().waitForEvent('page'), page.locator('[data-paper=order]').click()])
  await printed.getByText('核对空位数的来源').waitFor()
  await printed.close()

  await act(page, 'serve', async (form) => {
    await form.locator('[name=manner]').selectOption('left')
    assert.ok(await form.getByTestId('order-go').isDisabled(), 'what was left has a reason')
    await form.locator('[name=reason]').fill('门卫拒收')
  })
  assert.equal(await stateOf(), 'served')
  await page.getByTestId('order-deadline').locator('.bar').waitFor()
  await page.getByTestId('order-log').getByText('留置送达').waitFor()
})

test('its evidence is taken home as a package, after the password once more', { skip }, async () => {
  const page = await signedIn('li', `/console/orders/${order}`)
  await page.getByTestId('verify-line').waitFor()
  const download = page.waitForEvent('download')
  await page.getByTestId('package').click()
  const confirm = page.getByTestId('confirm-password')
  if (await Promise.race([confirm.waitFor().then(() => true), download.then(() => false)])) {
    await confirm.locator('[name=password]').fill(password)
    await confirm.locator('[type=submit]').click()
  }
  assert.match((await download).suggestedFilename(), /^order-\d{4}-1\.zip$/)
})

test('its party answers with a file, objects and asks for more time, and sees nothing that is the office’s', { skip }, async () => {
  const page = await signedIn('wang', '/console/orders')
  await page.getByTestId('orders').locator('a.title').click()
  const acts = page.getByTestId('order-acts')
  await acts.waitFor()
  const offered = await acts.locator('button').evaluateAll((buttons) => buttons.map((button) => button.dataset.act))
  assert.deepEqual(offered, ['answer', 'ask-extension', 'object'])
  await act(page, 'ask-extension', async (form) => {
    await form.locator('[name=due_at]').fill('2099-01-08T17:00')
    await form.locator('[name=reason]').fill('须更换地磁，到货需三周')
  })
  await act(page, 'object', async (form) => {
    await form.locator('[name=finding]').first().check()
    await form.locator('[name=reason]').fill('当时设备检修，已事先公告')
  })
  await act(page, 'answer', async (form) => {
    await form.locator('[name=text]').fill('已改正空位数的来源')
    await form.getByTestId('files').setInputFiles({ name: '整改照片.png', mimeType: 'image/png', buffer: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64') })
    await form.getByTestId('order-file').waitFor()
  })
  await page.getByTestId('order-log').getByText('整改照片.png').waitFor()
  assert.equal(await stateOf(), 'answered')
})

test('the office gives more time and decides on the objection finding by finding', { skip }, async () => {
  const page = await signedIn('li', '/console/orders?lang=en')
  await page.getByTestId('orders').locator('a.title').click()
  await act(page, 'decide', (form) => form.locator('[name=reason]').fill('Maintenance was not announced'))
  await page.getByTestId('objections').getByText('Rejected').waitFor()
  await act(page, 'extend', (form) => form.locator('[name=reason]').fill('Delivery takes three weeks'))
  await page.getByTestId('order-log').locator('[data-action=extend]').waitFor()
  assert.match((await ask(`/api/v1/orders/${order}`)).due_at, /^2099-01-08/)
})

test('the office verifies, and tells the party in a document of its own', { skip }, async () => {
  const page = await signedIn('li', `/console/orders/${order}`)
  await act(page, 'verify')
  await page.getByTestId('order-log').locator('[data-action=verify]').waitFor()
  const paper = page.getByTestId('papers').locator('[data-paper=review]')
  await paper.getByText('草稿').waitFor()
  const party = await signedIn('wang', `/console/orders/${order}`)
  await party.getByTestId('papers').waitFor()
  assert.equal(await party.locator('[data-paper=review]').count(), 0, 'a draft is the office’s own')
  await act(page, 'issue-review')
  await page.getByTestId('order-log').locator('[data-action=issue-review]').waitFor()
  assert.equal(await page.locator('[data-act=issue-review]').count(), 0, 'it was told of')
  await party.reload()
  const [printed] = await Promise.all([party.context().waitForEvent('page'), party.locator('[data-paper=review]').click()])
  await printed.getByText(/湖综执停〔\d{4}〕2号/).waitFor()
})

test('a rule draft is tried on the last days and then put in force', { skip }, async () => {
  const page = await signedIn('li', '/console/rules')
  await page.locator(`[data-rule="${rule}"]`).waitFor()
  await page.getByTestId('view-draft').click()
  const draft = page.getByTestId('draft')
  await draft.locator('[name=toml]').fill('[double_entry]\napart_s = 90\n')
  await draft.locator('[name=days]').fill('7')
  assert.ok(await page.getByTestId('apply-go').isDisabled(), 'what was not tried is not put in force')
  await page.getByTestId('replay').click()
  await page.getByTestId('replayed').waitFor()
  await page.getByTestId('apply').locator('[name=note]').fill('两次入场相隔放宽')
  await page.getByTestId('apply-go').click()
  const confirm = page.getByTestId('confirm-password')
  await Promise.race([confirm.waitFor(), page.getByTestId('versions').locator('[data-version="1"]').waitFor()])
  if (await confirm.count() > 0) {
    await confirm.locator('[name=password]').fill(password)
    await confirm.locator('[type=submit]').click()
  }
  await page.locator('[data-version="1"]').getByText('apart_s = 90').waitFor()
})

test('a report is looked at, printed and taken home', { skip }, async () => {
  const page = await signedIn('li', '/console/reports?group=lot')
  await page.getByTestId('period').waitFor()
  await page.getByTestId('order-figures').waitFor()
  const download = page.waitForEvent('download')
  await page.getByTestId('xlsx').click()
  assert.match((await download).suggestedFilename(), /\.xlsx$/)
  const [printed] = await Promise.all([page.context().waitForEvent('page'), page.getByTestId('print').click()])
  await printed.waitForLoadState()
  assert.match(await printed.content(), /责令改正与申诉/)
})

test('the platform tells of itself to everybody, in both languages', { skip }, async () => {
  const page = await browser.newPage()
  await page.goto(`${platform.address}/about-the-data?lang=en`)
  // Of its first minute it tells nothing yet.
  const share = page.getByTestId('share')
  for (let tries = 0; tries < 20; tries++) {
    if (await share.waitFor({ timeout: 5_000 }).then(() => true, () => false)) break
    await page.reload()
  }
  await share.waitFor()
  await page.getByTestId('accountability').locator('[data-week]').first().waitFor()
  assert.doesNotMatch(await page.getByTestId('accountability').textContent(), /\p{Script=Han}/u)
})

test('no page failed or went against the content policy', { skip }, () => {
  assert.deepEqual(complaints, [])
})
