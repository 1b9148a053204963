// Answers as the lot-side gateway does, from what a test puts into it, and remembers what it was sent.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'

const dist = new URL('../dist-edge/', import.meta.url)
const kinds = { html: 'text/html; charset=utf-8', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' }
// No inline styles and no scripts but the page's own: the page must do without.
const policy = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

const at = (secondsAgo) => new Date(Date.now() - secondsAgo * 1_000).toISOString()

const called = { huzhou: { zh: '湖州平台', en: 'Huzhou' }, ningbo: { zh: '宁波平台', en: 'Ningbo' } }

export const uplink = (name, given = {}) => ({
  name, standard: name, platform: called[name] ?? { zh: `${name} 平台`, en: name }, url: `http://${name}.example:8080`, lot_id: 'HZ330502001', state: 'up', why: null, mend: null,
  backlog: 0, backlog_bytes: 0, oldest_waiting: null, last_accepted: at(12), last_heartbeat: at(25), accepted: 120,
  refused: 0, dead_letters: 0, not_sent: 0, not_carried: 4, without_picture: 0, in_flight: 0, retry_at: null,
  clock: { offset_ms: 120, measured_at: at(40), drifting: false }, reconciliation: { configured: false }, ...given,
})

export const letter = (id, given = {}) => ({
  id, uplink: 'huzhou', seq: id, kind: 'entry', record_id: `R${id}`, refused_at: at(300), code: '400',
  why: 'plateNo：应为车牌，收到 “浙E1”', report: { kind: 'entry', record_id: `R${id}`, plate: '浙E1', gate: 'G1' }, has_picture: true, ...given,
})

export const passage = (seq, given = {}) => ({
  seq, kind: seq % 2 ? 'entry' : 'exit', record_id: `R${seq}`, at: at(1_000 - 10 * seq), plate: '浙E12345', plate_kind: '02',
  gate: 'G1', gate_name: '东门入口', vacant: 127, standing: { huzhou: 'delivered' }, ...given,
})

export function allWell() {
  return {
    token: null,
    status: {
      version: '0.1.0', started_at: at(90_000),
      lot: { code: '330502-001', name: '人民广场地下停车场', spaces_total: 200, vacant: 127, inside: 73, reserved: 0 },
      disk: {
        state: 'ok', why: null, bytes: 1_200_000_000, max_bytes: 8_589_934_592, records: 10, photos: 5, photos_dropped: 0, damaged: 0,
      },
      warnings: [], uplinks: [uplink('huzhou')],
      cameras: [
        { name: 'in-1', kind: 'hikvision', last_heard_at: at(4), last_car_at: at(70), refused: 0, clock: null, unread_time: null },
      ],
      unknown_senders: [],
    },
    passages: [passage(12), passage(11)],
    letters: [],
    /** What a retry is answered with, where not by taking it. */
    refusal: null,
    retried: [],
  }
}

async function bodyOf(request) {
  let text = ''
  for await (const piece of request) text += piece
  return text
}

export async function startGateway(given = allWell()) {
  const state = given
  let seq = 76

  const json = (answer, status, body) =>
    answer.writeHead(status, { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' }).end(JSON.stringify(body))

  async function page(path, answer) {
    const name = path === '/' ? 'index.html' : path.slice(1)
    const bytes = await readFile(new URL(name, dist)).catch(() => null)
    if (!bytes) return json(answer, 404, { title: 'not found', detail: path })
    answer.writeHead(200, { 'Content-Type': kinds[name.split('.').at(-1)], 'Content-Security-Policy': policy }).end(bytes)
  }

  function retry(id, text, answer) {
    if (state.refusal) return json(answer, state.refusal.status, state.refusal)
    const found = state.letters.find((one) => one.id === id)
    if (!found) return json(answer, 404, { title: '没有这条', detail: `没有第 ${id} 号` })
    seq += 1
    state.retried.push({ id, text, seq })
    state.letters = state.letters.filter((one) => one !== found)
    json(answer, 200, { retried: id, seq })
  }

  const server = createServer(async (request, answer) => {
    const { pathname, searchParams } = new URL(request.url, 'http://gateway')
    if (!pathname.startsWith('/v1/')) return page(pathname, answer)
    if (state.token && request.headers.authorization !== `Bearer ${state.token}`) {
      return json(answer, 401, { title: '需要令牌', detail: '请带上 Authorization: Bearer …' })
    }
    const retried = /^\/v1\/dead-letters\/(\d+)\/retry$/.exec(pathname)
    if (retried && request.method === 'POST') return retry(Number(retried[1]), await bodyOf(request), answer)
    if (pathname === '/v1/status') return json(answer, 200, { ...state.status, now: new Date().toISOString() })
    if (pathname === '/v1/passages') return json(answer, 200, { items: state.passages, next: null })
    if (pathname === '/v1/dead-letters' && searchParams.get('format') === 'csv') {
      return answer.writeHead(200, { 'Content-Type': 'text/csv; charset=utf-8' }).end('id,uplink,why\n3,huzhou,plateNo\n')
    }
    if (pathname === '/v1/dead-letters') return json(answer, 200, { items: state.letters, next: null })
    json(answer, 404, { title: 'not found', detail: pathname })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    state,
    address: `http://127.0.0.1:${server.address().port}`,
    stop: () => new Promise((resolve) => {
      server.close(resolve)
      server.closeAllConnections()
    }),
  }
}
