import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

import { brotli } from './brotli.ts'
import { leftOut, namedVueImports } from './vue-parts.ts'

const platform = 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [vue(), namedVueImports, brotli],
  define: leftOut,
  server: { proxy: { '/open': platform, '/api': platform } },
  build: {
    // The licences of what is bundled go wherever the bundle goes.
    license: { fileName: 'licences.md' },
    target: 'es2022',
    // The map and the curve are their own chunks, each fetched only by the page that draws it;
    // the map library alone is past the default warning limit.
    chunkSizeWarningLimit: 1200,
    // An inlined worker or picture would be a data: address, which the server's
    // Content-Security-Policy allows for pictures only.
    assetsInlineLimit: 0,
    rollupOptions: {
      input: { index: 'index.html', 'service-worker': 'src/service-worker.ts' },
      output: {
        // A worker of the whole site stands at its root, always under one name.
        entryFileNames: ({ name }) => name === 'service-worker' ? '[name].js' : 'assets/[name]-[hash].js',
        // A module worker must come with a JavaScript media type, and not every
        // server knows ".mjs".
        assetFileNames: (asset) =>
          asset.names.some((name) => name.endsWith('.mjs'))
            ? 'assets/[name]-[hash].js'
            : 'assets/[name]-[hash][extname]',
      },
    },
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
})
