import { constants, createHmac, createPublicKey, publicEncrypt } from 'node:crypto'

// RSA-2048 with PKCS#1 v1.5 padding takes 256 - 11 bytes at a time.
const blockSize = 245

/** Sends one business object the way a Huzhou car park's system does. */
export async function sendHuzhou(address, path, keys, business) {
  const key = createPublicKey({ key: Buffer.from(keys.public_key, 'base64'), format: 'der', type: 'spki' })
  const plain = Buffer.from(JSON.stringify(business), 'utf8')
  const blocks = []
  for (let at = 0; at < plain.length; at += blockSize) {
    blocks.push(publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, plain.subarray(at, at + blockSize)))
  }
  const timestamp = Date.now()
  const signature = createHmac('sha256', keys.secret_key)
    .update(`appId=${keys.app_id}&timestamp=${timestamp}&path=${path}`)
    .digest('base64')
  const response = await fetch(new URL(path, address), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      appId: keys.app_id, encryptedData: Buffer.concat(blocks).toString('base64'), timestamp, signature,
    }),
  })
  return { status: response.status, body: await response.text() }
}

/** The standard's times: the wall clock of UTC+8, without a zone. */
export function parkTime(at = new Date()) {
  return new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')
}
