import { shallowReactive } from 'vue'

export type Language = 'zh' | 'en'
export type Theme = 'light' | 'dark'

export interface ViewOptions {
  lang: Language | null
  theme: Theme | null
}

const isLanguage = (value: unknown): value is Language => value === 'zh' || value === 'en'
const isTheme = (value: unknown): value is Theme => value === 'light' || value === 'dark'

/** What an address asks for; a value that is none counts as left out. */
export const viewOptionsOf = ({ lang, theme }: { lang?: unknown; theme?: unknown }): ViewOptions => ({
  lang: isLanguage(lang) ? lang : null,
  theme: isTheme(theme) ? theme : null,
})

/** `?lang=` and `?theme=`: they hold for the view whose address carries them, and are not remembered. */
export const viewOptions = shallowReactive<ViewOptions>(
  viewOptionsOf(typeof location === 'undefined' ? {} : Object.fromEntries(new URLSearchParams(location.search))),
)
