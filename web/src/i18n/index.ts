import { computed, ref } from 'vue'

import { en } from './en'
import { zh } from './zh'

export type Language = 'zh' | 'en'
export type Words = keyof typeof zh

const key = 'bowei.language'
const dictionaries: Record<Language, Record<Words, string>> = { zh, en }

function remembered(): Language {
  try {
    return localStorage.getItem(key) === 'en' ? 'en' : 'zh'
  } catch {
    return 'zh'
  }
}

const chosen = ref<Language>(remembered())

export const language = computed(() => chosen.value)
export const locale = computed(() => (chosen.value === 'zh' ? 'zh-CN' : 'en-GB'))

export function switchLanguage(): void {
  chosen.value = chosen.value === 'zh' ? 'en' : 'zh'
  try {
    localStorage.setItem(key, chosen.value)
  } catch {
    // Not remembered, but switched.
  }
}

export function say(words: Words, given: Record<string, string | number> = {}): string {
  return fillIn(dictionaries[chosen.value][words], given)
}

/** Large numbers are grouped, so that a hundred thousand is seen as one. */
export const figure = (number: number | null | undefined): string =>
  number == null ? say('common.none') : new Intl.NumberFormat(locale.value).format(number)

export function fillIn(text: string, given: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (blank, name: string) => String(given[name] ?? blank))
}

/** Words for a code the platform may have learnt after these pages were built: the code itself then. */
export function sayIfKnown(group: string, code: string): string {
  const words = `${group}.${code}`
  return words in zh ? say(words as Words) : code
}
