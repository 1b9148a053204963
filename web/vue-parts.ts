// What of Vue and vue-i18n both bundles leave out.
import type { Plugin } from 'vite'

/** The pages use neither the options API nor `$t` and its components. */
export const leftOut = {
  __VUE_OPTIONS_API__: 'false',
  __VUE_I18N_FULL_INSTALL__: 'false',
  __VUE_I18N_LEGACY_API__: 'false',
  __INTLIFY_PROD_DEVTOOLS__: 'false',
}

/**
 * vue-i18n looks an export of Vue up by a name in a variable, for which a bundler must keep all of
 * Vue: 18 kB compressed. The name is one that this version of Vue does not have.
 */
export const namedVueImports: Plugin = {
  name: 'named-vue-imports',
  apply: 'build',
  transform(code, id) {
    if (!/vue-i18n[^/]*\.mjs$/.test(id)) return null
    const slim = code.replace(
      "import * as Vue from 'vue'",
      "import { getCurrentInstance as currentOf } from 'vue'\nconst Vue = { getCurrentInstance: currentOf }",
    )
    if (slim === code) this.error('vue-i18n imports Vue in another way now: see whether this is still needed')
    return { code: slim, map: null }
  },
}
