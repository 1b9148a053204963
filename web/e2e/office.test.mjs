// The office's work against the real binary: a business from the public page to its first report and live; its base data
// kept true by itself; a rotation with both keys accepted; a work list from a spreadsheet.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'

import { launchBrowser } from './browser.mjs'
import { parkTime, sendHuzhou } from './huzhou-message.mjs'
import { createUser, knowsPeople } from './people.mjs'
import { startPlatform } from './platform.mjs'

const timeoutMs = 20_000
const password = 'Parking-2026-Huzhou'

const binary = process.env.BOWEI_BIN
const skip = binary ? !await knowsPeople(binary) && 'the binary has no `bowei user`' : 'BOWEI_BIN must name the built bowei binary'

let platform
let browser
const complaints = []

before(async () => {
  if (skip) return
  platform = await startPlatform(binary, { config: '[accounts]\nsecond_factor = false\n' })
  browser = await launchBrowser()
  await createUser(binary, platform.data, { password, login: 'li', name: '李运营', role: 'operator' })
  await createUser(binary, platform.data, { password, login: 'wang', name: '王企业', role: 'provider', provider: 'hz-demo' })
})

after(async () => {
  await browser?.close()
  await platform?.stop()
})

afterEach(() => Promise.all((browser?.contexts() ?? []).map((context) => context.close())))

async function openPage(path) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, locale: 'zh-CN' })
  const page = await context.newPage()
  page.setDefaultTimeout(timeoutMs)
  page.on('pageerror', (error) => complaints.push(`${path}: ${error.message}`))
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) complaints.push(`${path}: ${message.text()}`)
  })
  await page.goto(platform.address + path)
  return page
}

async function enter(page, login, given) {
  const form = page.getByTestId('sign-in')
  await form.locator('[name=login]').fill(login)
  await form.locator('[name=password]').fill(given)
  await form.getByRole('button', { name: '登录' }).click()
}

async function signedIn(login, path = '/console') {
  const page = await openPage(path)
  await page.waitForURL(/\/console\/sign-in/)
  await enter(page, login, password)
  await page.locator('.console-nav').waitFor()
  return page
}

/** What a page shows once, line by line. */
const secrets = (page) => page.getByTestId('secret').allTextContents()

/** The fields of Huzhou's keys that are shown once, by what the page calls them. */
const keysIn = (lines) => Object.fromEntries(Object.entries({ app_id: 'appId', secret_key: 'secretKey', public_key: '公钥' })
  .map(([name, label]) => [name, lines.find((line) => line.includes(label))?.split(': ').slice(1).join(': ')]))

let sent = 0

async function send(keys, parkinglotId) {
  sent += 1
  return sendHuzhou(platform.address, '/api/parkinglot/in', keys, {
    parkinglotId, parkingdataId: `OFFICE${String(sent).padStart(6, '0')}`, vehiclePlate: '浙E12345', vehicleType: 1,
    channel_name: '东门入口', parkTime: parkTime(), remainingSpaces: 60,
  })
}

const accepted = ({ body }) => JSON.parse(body).code === 200

test('a business comes from the public page to its first report, and live', { skip }, async () => {
  const applicant = await openPage('/join')
  const values = { business: '安吉泊车有限公司', credit_code: '91330100799655058B', contact: '王经理', phone: '0572-5021234', 'business-address': '昌硕街道 1 号' }
  for (const [name, value] of Object.entries(values)) await applicant.locator(`[name="${name}"]`).fill(value)
  await applicant.getByRole('checkbox', { name: '湖州' }).check()
  const lot = applicant.getByTestId('lot')
  await lot.locator('[name=name]').fill('竹乡停车场')
  const district = lot.locator('[name=district]')
  await (await district.evaluate((field) => field.tagName) === 'SELECT' ? district.selectOption('330523') : district.fill('330523'))
  for (const [name, value] of Object.entries({ address: '昌硕街道 2 号', longitude: '119.68', latitude: '30.63', spaces_total: '90' })) {
    await lot.locator(`[name=${name}]`).fill(value)
  }
  await applicant.getByRole('button', { name: '提交申请' }).click()
  await applicant.getByTestId('registration-state').waitFor()
  const link = new URL(applicant.url())
  assert.match(link.hash, /^#.+\..+/, 'the link of one\'s own registration')

  const office = await signedIn('li', '/console/registrations')
  await office.getByTestId('registrations').getByRole('link', { name: /安吉泊车/ }).click()
  await office.getByTestId('act').click()
  await office.getByTestId('registration-state').getByText('已通过').or(office.getByText('已通过').first()).first().waitFor()

  await applicant.reload()
  await applicant.getByTestId('collect').click()
  await applicant.getByTestId('secret').first().waitFor()
  const account = (await secrets(applicant)).map((line) => line.split(/[:：]/).at(-1).trim())
  const [login, first] = account
  const own = await openPage('/console')
  await own.waitForURL(/\/console\/sign-in/)
  await enter(own, login, first)
  await own.waitForURL(/\/console\/first-password/)
  await own.locator('[name=old]').fill(first)
  for (const field of ['new', 'repeat']) await own.locator(`[name=${field}]`).fill(password)
  await own.getByRole('button', { name: '修改密码' }).click()
  await own.locator('.console-nav').waitFor()
  await own.goto(`${platform.address}/console/providers/p-0001`)
  await own.getByTestId('handovers').getByRole('button', { name: '领取' }).first().click()
  await own.getByTestId('confirm').click()
  await own.getByTestId('secret').first().waitFor()
  const keys = keysIn(await secrets(own))
  assert.ok(keys.app_id && keys.secret_key && keys.public_key, `keys are shown by their names: ${Object.keys(keys)}`)

  const answer = await fetch(`${platform.address}/api/v1/lots?state=trial`, { headers: { Authorization: `Bearer ${platform.token}` } })
  const [{ code, ids }] = (await answer.json()).items
  assert.ok(accepted(await send(keys, ids.huzhou)), 'the first report')
  assert.equal((await fetch(`${platform.address}/open/v1/lots/${code}`)).status, 404, 'not public while on trial')
  await office.goto(`${platform.address}/console/lots/${code}`)
  const standing = office.getByTestId('standing')
  await standing.locator('[data-step=entry].done').waitFor()
  await standing.locator('[data-step=count].done').waitFor()
  await standing.getByRole('button', { name: '转正式' }).click()
  await office.getByTestId('confirm').click()
  await standing.getByTestId('state').getByText('正式').waitFor()
  assert.equal((await fetch(`${platform.address}/open/v1/lots/${code}`)).status, 200, 'public once it is live')
})

test('a provider keeps its base data true, and the office sees when it was told', { skip }, async () => {
  const own = await signedIn('wang', '/console/lots/330502-001')
  await own.getByTestId('base-data').getByTestId('edit').click()
  const form = own.getByTestId('edit-lot')
  await form.locator('[name=tariff]').fill('首小时 5 元，之后每小时 3 元')
  await form.locator('[name=accessible_spaces]').fill('6')
  await form.getByTestId('save').click()
  const history = own.getByTestId('history')
  await history.getByText('首小时 5 元').waitFor()
  const office = await signedIn('li', '/console/lots/330502-001')
  await office.getByTestId('history').getByText('wang').first().waitFor()
  await office.getByTestId('base-data').getByText('首小时 5 元，之后每小时 3 元').waitFor()
})

test('a rotation has both keys accepted', { skip }, async () => {
  const office = await signedIn('li', '/console/providers/hz-demo')
  await office.getByTestId('keys').getByTestId('rotate').click()
  await office.getByTestId('issue-keys').locator('[value=answer]').check()
  await office.getByTestId('issue').click()
  await office.getByTestId('secret').first().waitFor()
  const renewed = keysIn(await secrets(office))
  assert.ok(accepted(await send(platform.keys, 'HZ330502001')), 'the key of before')
  assert.ok(accepted(await send(renewed, 'HZ330502001')), 'the new key')
})

test('a work list comes from a table, and is worked on in place', { skip }, async () => {
  const office = await signedIn('li', '/console/businesses')
  const table = '统一社会信用代码,企业名称,住所,区县\n914403001922038216,德清停车服务有限公司,武康街道 9 号,330521\n,无码停车场,舞阳街道 3 号,330521\n91330100799655058X,校验错误的企业,x,330521\n'
  await office.getByRole('button', { name: '导入名单' }).click()
  await office.locator('input[type=file]').first().setInputFiles({ name: '登记企业.csv', mimeType: 'text/csv', buffer: Buffer.from(table) })
  await office.getByText('德清停车服务有限公司').first().waitFor()
  await office.getByRole('button', { name: /导入/ }).last().click()
  await office.getByText('校验').first().waitFor()
  await office.reload()
  await office.getByText('德清停车服务有限公司').first().waitFor()
  await office.getByText('无码停车场').first().waitFor()
})

test('no page failed or went against the content policy', { skip }, () => {
  assert.deepEqual(complaints, [])
})
