import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** A week of a small city takes seconds to make, and minutes on a machine that has other things to do. */
const startWithinMs = 300_000

/** A demonstration with a week behind it: its address and folder, an operator's token, and people by their logins. */
export async function startDemo(binary, ...options) {
  const data = await mkdtemp(join(tmpdir(), 'bowei-demo-'))
  const demo = spawn(binary, ['demo', '--listen', '127.0.0.1:0', '--data', data, ...options], { stdio: ['ignore', 'pipe', 'ignore'] })
  const gone = new Promise((resolve) => demo.once('exit', resolve))

  async function stop() {
    demo.kill('SIGTERM')
    const stubborn = setTimeout(() => demo.kill('SIGKILL'), 10_000)
    await gone
    clearTimeout(stubborn)
    await rm(data, { recursive: true, force: true })
  }

  try {
    const address = await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`bowei demo did not listen within ${startWithinMs} ms`)), startWithinMs)
      createInterface({ input: demo.stdout }).on('line', (line) => {
        const said = /listening on (http:\/\/\S+)/.exec(line)
        if (!said) return
        clearTimeout(timer)
        resolve(said[1])
      })
      demo.once('error', reject)
      void gone.then((code) => reject(new Error(`bowei demo ended with ${code} before it listened`)))
    })
    const { token, people } = JSON.parse(await readFile(join(data, 'demo.json'), 'utf8'))
    return { address, data, token, passwords: Object.fromEntries(people.map(([login, , password]) => [login, password])), stop }
  } catch (cause) {
    await stop()
    throw cause
  }
}
