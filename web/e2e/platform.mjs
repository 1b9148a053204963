import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const run = promisify(execFile)
const startWithin = 30_000

const registry = `
[[provider]]
code = "hz-demo"
name = "湖州示范停车"
[provider.huzhou]
app_id = "hz-0001"

[[lot]]
code = "330502-001"
provider = "hz-demo"
name = "人民广场地下停车场"
kind = "off-street"
district = "330502"
address = "人民路1号"
longitude = 120.0868
latitude = 30.8937
spaces_total = 200
ids = { huzhou = "HZ330502001" }
`

/**
 * A platform of its own with an empty store, one provider and one lot, and what else is to be registered: while it
 * runs, or `registersFirst`, for what it does when it starts.
 */
export async function startPlatform(binary, { registry: more = '', config = '', listen = '127.0.0.1:0', registersFirst = false } = {}) {
  const data = await mkdtemp(join(tmpdir(), 'bowei-e2e-'))
  const settings = join(data, 'bowei.toml')
  await writeFile(settings, config)
  const file = join(data, 'registry.toml')
  await writeFile(file, registry + more)
  const register = () => run(binary, ['registry', 'apply', file, '--data', data])
  const first = registersFirst ? await register() : null
  const server = spawn(binary, ['serve', '--config', settings, '--listen', listen, '--data', data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = new Promise((resolve) => server.once('exit', resolve))

  async function stop() {
    if (server.exitCode === null && server.signalCode === null) {
      server.kill('SIGTERM')
      const stubborn = setTimeout(() => server.kill('SIGKILL'), 5_000)
      await gone
      clearTimeout(stubborn)
    }
    await rm(data, { recursive: true, force: true })
  }

  try {
    const address = await listeningAddress(server, gone)
    const applied = first ?? await register()
    const { providers } = JSON.parse(applied.stdout)
    const keysOf = (wanted) => providers.find(({ code }) => code === wanted).huzhou
    const token = await run(binary, ['token', 'create', '--role', 'operator', '--data', data])
    const ready = { address, data, keys: keysOf('hz-demo'), keysOf, token: token.stdout.trim(), stop }
    await untilKnown(ready)
    return ready
  } catch (cause) {
    await stop()
    throw cause
  }
}

/** The server reads the registry again now and then: the lot and the token are known a moment later. */
async function untilKnown({ address, token }) {
  const until = Date.now() + startWithin
  for (;;) {
    const response = await fetch(new URL('/api/v1/lots/330502-001', address), {
      headers: { Authorization: `Bearer ${token}` },
    })
    if (response.ok) return
    if (Date.now() > until) throw new Error(`the registered lot is not known: ${response.status} ${await response.text()}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function listeningAddress(server, gone) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`bowei serve did not listen within ${startWithin} ms`)), startWithin)
    // Read on after the address is known: a full pipe would stop the server.
    createInterface({ input: server.stdout }).on('line', (line) => {
      const said = /listening on (http:\/\/\S+)/.exec(line)
      if (!said) return
      clearTimeout(timer)
      resolve(said[1])
    })
    server.once('error', reject)
    void gone.then((code) => {
      clearTimeout(timer)
      reject(new Error(`bowei serve ended with ${code} before it listened`))
    })
  })
}
