import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'

import { leftOut, namedVueImports } from './vue-parts.ts'

const gateway = 'http://127.0.0.1:7100'

// The gateway serves its page at "/", and its binary embeds a folder of its own.
const asIndex: Plugin = {
  name: 'edge-as-index',
  enforce: 'post',
  generateBundle(_, bundle) {
    const page = bundle['edge.html']
    if (page?.type !== 'asset') this.error('the build made no edge.html')
    delete bundle['edge.html']
    this.emitFile({ type: 'asset', fileName: 'index.html', source: page.source })
  },
}

export default defineConfig({
  plugins: [vue(), namedVueImports, asIndex],
  define: leftOut,
  // What lies in public/ belongs to the city's pages; the one picture used here is imported.
  publicDir: false,
  server: { proxy: { '/v1': gateway, '/metrics': gateway }, open: '/edge.html' },
  build: {
    outDir: 'dist-edge',
    license: { fileName: 'licences.md' },
    // The last Chrome for Windows 7, which small industrial PCs at a lot still run.
    target: ['chrome109', 'firefox115', 'safari15.4'],
    assetsInlineLimit: 0,
    modulePreload: false,
    rollupOptions: { input: 'edge.html' },
  },
})
