import { execFile, spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Whether this binary knows accounts: the flows of people are left out where it does not. */
export async function knowsPeople(binary) {
  try {
    await run(binary, ['user', '--help'])
    return true
  } catch {
    return false
  }
}

/**
 * Makes an account by the command line, which works while a platform runs on the same data. Without a
 * password of its own it is given one, to be changed at the first sign-in; the answer has it.
 */
export async function createUser(binary, data, { login, name, role, district, provider, password }) {
  const options = ['user', 'create', '--data', data, '--login', login, '--name', name, '--role', role]
  if (district) options.push('--district', district)
  if (provider) options.push('--provider', provider)
  if (password) options.push('--password-stdin')
  const said = await spawned(binary, options, password ? `${password}\n` : '')
  return { login, password: password ?? JSON.parse(said).password }
}

function spawned(binary, options, input) {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, options, { stdio: ['pipe', 'pipe', 'pipe'] })
    let said = ''
    let complained = ''
    child.stdout.on('data', (piece) => (said += piece))
    child.stderr.on('data', (piece) => (complained += piece))
    child.once('error', reject)
    child.once('close', (code) => code === 0 ? resolve(said) : reject(new Error(`bowei ${options.join(' ')} ended with ${code}: ${complained}`)))
    child.stdin.end(input)
  })
}

const stepMs = 30_000

/** The code of RFC 6238 that an authenticator shows for a secret in base32. */
export function totp(secret, at = Date.now()) {
  const bits = [...secret.replace(/[\s=]/g, '').toUpperCase()]
    .map((sign) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(sign).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at / stepMs)))
  const digest = createHmac('sha1', key).update(counter).digest()
  const offset = (digest.at(-1) ?? 0) & 15
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** A code is good once: the next one is waited for. */
export async function nextTotp(secret) {
  const next = (Math.floor(Date.now() / stepMs) + 1) * stepMs
  await new Promise((resolve) => setTimeout(resolve, next - Date.now() + 200))
  return totp(secret)
}
