// The platform sends what is compressed already: it is done once, here, as well as it goes.
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants } from 'node:zlib'
import type { Plugin } from 'vite'

const compressed = /\.(js|css|html|svg|json|webmanifest|md|txt)$/
/** Below that a packet is a packet. */
const worthBytes = 1_000

/** The last two of its steps take ten times as long for a twentieth less. */
const params = { [constants.BROTLI_PARAM_QUALITY]: 9 }

/** Writes `X.br` beside each file that is worth it. */
export const brotli: Plugin = {
  name: 'brotli',
  apply: 'build',
  async writeBundle({ dir = 'dist' }) {
    for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !compressed.test(entry.name)) continue
      const file = join(entry.parentPath, entry.name)
      const bytes = await readFile(file)
      if (bytes.length >= worthBytes) await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes, { params }))
    }
  },
}
