import { language } from '../../i18n/language'
import type { Language } from '../../view-options'

/** Of a text that says the same in Chinese and then in English, the half in one language; the whole of any other text. */
export function halfOf(text: string, language: Language): string {
  const [, zh, en] = /^(.*?\p{Script=Han}.*?)[：:]?\s+([a-z].*)$/su.exec(text) ?? []
  if (!zh || !en) return text
  return language === 'zh' ? zh : en.charAt(0).toUpperCase() + en.slice(1)
}

/** What the platform has against a field, in the page's language. */
export const inLanguage = (text: string | undefined): string | undefined => text && halfOf(text, language.value)
