// What a demonstration's week has none of: a registration, an order, a reservation and off-peak parking, one of each.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { startLot } from './lot-gateway.mjs'

const run = promisify(execFile)
const withinMs = 30_000
const quarterMs = 15 * 60_000
const lot = '330502-001'
const service = 'S1'

/** The pages of these: the console's, and those of the links that an applicant and a driver are given. */
export async function makeThemHappen(binary, { address, data, token }) {
  async function ask(path, body, { method = body ? 'POST' : 'GET', as = token } = {}) {
    const answer = await fetch(address + path, {
      method, body: body && JSON.stringify(body), headers: { Authorization: `Bearer ${as}`, 'Content-Type': 'application/json' },
    })
    const said = await answer.json()
    assert.ok(answer.ok, `${path}: ${answer.status} ${JSON.stringify(said)}`)
    return said
  }

  /** The server reads its registry again now and then: what was just made is known a moment later. */
  async function until(what, isSo) {
    const end = Date.now() + withinMs
    for (;;) {
      const found = await isSo()
      if (found) return found
      if (Date.now() > end) throw new Error(`${what} did not come about`)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }

  const tokenOf = async (role) => (await run(binary, ['token', 'create', '--role', role, '--data', data])).stdout.trim()
  const registration = await ask('/open/v1/registrations', {
    name: '安吉泊车有限公司', credit_code: '91330100799655058B', contact: { name: '王经理', phone: '0572-5021234' }, address: '昌硕街道 1 号',
    standards: ['huzhou'],
    lots: [{ name: '竹乡停车场', kind: 'off-street', district: '330523', address: '昌硕街道 2 号', longitude: 119.68, latitude: 30.63, spaces_total: 90 }],
  })

  // A vendor's common case is of no lot, and an order is on a lot.
  const [toOrder, ordinary] = await until('two cases of lots', async () => {
    const found = (await ask('/api/v1/cases?state=new&limit=50')).items.filter((item) => item.lot)
    return found.length >= 2 && found
  })
  const { order } = await ask(`/api/v1/cases/${toOrder.id}/actions`, { action: 'order' })

  const gateway = startLot({ address, token: await tokenOf('provider:hz-a'), lot, decide: () => ({ outcome: 'taken' }) })
  await ask(`/api/v1/reservations/lots/${lot}`, { granted: { ordinary: 2 }, reason: '首批开放预约' })
  await until('a lot that takes reservations', async () => (await ask(`/open/v1/reservations/lots/${lot}`)).reservable)
  const enterAt = Math.ceil(Date.now() / quarterMs) * quarterMs + 2 * quarterMs
  const reservation = await ask('/open/v1/reservations', { lot, plate: '浙E12345', space: 'ordinary', enter_at: new Date(enterAt).toISOString() })
  await until('its confirmation', async () => (await ask(`/api/v1/reservations/${reservation.code}`)).state === 'confirmed')
  await gateway.stop()

  await ask(`/api/v1/lots/${lot}`, { off_peak_parties: [service] }, { method: 'PATCH' })
  const as = await tokenOf(`off-peak:${service}`)
  const offPeak = (path, body) => fetch(`${address}/api/v1/${path}`, {
    method: 'PUT', body: JSON.stringify(body), headers: { Authorization: `Bearer ${as}`, 'Content-Type': 'application/json' },
  })
  await until('an off-peak offer', async () => (await offPeak(`off-peak-packages/${lot}/night`, { package_kind: 1, price: '5.00', shelf: 'on' })).ok)
  await until('an off-peak order', async () => (await offPeak(`off-peak-orders/${lot}/no-1`, { package_no: 'night', plate: '浙E12345', amount: '5.00', status: 1 })).ok)

  return {
    console: [
      `lots/${lot}`, 'providers/hz-a', `cases/${ordinary.id}`, `orders/${order}`, `registrations/${registration.id}`, `reservations/${reservation.code}`,
    ],
    open: [`/lots/${lot}`, `/join#${registration.id}.${registration.secret}`, `/reservation#${reservation.token}`],
  }
}
