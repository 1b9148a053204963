// What the pages say, by vue-i18n. Each page adds its own dictionary when it is loaded, on top of the
// shared one that the gateway's page has too; its `t` knows the keys of both and no others.
import { watchEffect } from 'vue'
import { createI18n } from 'vue-i18n'

import { language, locale } from './language'
import { en } from './shared/en'
import { zh } from './shared/zh'
import type { KeyOf, Like, Messages, Named, Translate } from './typed'

export { language, locale, switchLanguage } from './language'

const { global } = createI18n({ legacy: false, locale: language.value, messages: { zh, en } as Record<string, Messages> })

watchEffect(() => {
  global.locale.value = language.value
}, { flush: 'sync' })

const translate = (key: string, named: Named = {}): string => global.t(key, named)

export const t: Translate<KeyOf<typeof zh>> = translate

/** Adds a dictionary; the answer takes its keys and those of `base`. Namespaces are its own: a test holds them apart. */
export function addMessages<Base extends string, Zh extends Messages>(
  _base: Translate<Base>, zh: Zh, en: Like<Zh>,
): Translate<Base | KeyOf<Zh>> {
  global.mergeLocaleMessage('zh', zh)
  global.mergeLocaleMessage('en', en)
  return translate
}

/** Words for a code that a server may have learnt after these pages were built: the code itself then. */
export function tIfKnown(namespace: string, code: string, named: Named = {}): string {
  const key = `${namespace}.${code}`
  return global.te(key) ? translate(key, named) : code
}

/** Large numbers are grouped, so that a hundred thousand is seen as one. */
export const figure = (number: number | null | undefined): string =>
  number == null ? t('common.none') : new Intl.NumberFormat(locale.value).format(number)
