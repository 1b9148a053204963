import { computed, ref } from 'vue'

import { viewOptions, type Language } from '../view-options'

const key = 'bowei.language'

function stored(): Language {
  try {
    return localStorage.getItem(key) === 'en' ? 'en' : 'zh'
  } catch {
    return 'zh'
  }
}

const remembered = ref(stored())

export const language = computed<Language>(() => viewOptions.lang ?? remembered.value)
export const locale = computed(() => (language.value === 'zh' ? 'zh-CN' : 'en-GB'))

export function switchLanguage(): void {
  remembered.value = language.value === 'zh' ? 'en' : 'zh'
  viewOptions.lang = null
  try {
    localStorage.setItem(key, remembered.value)
  } catch {
    // Not remembered, but switched.
  }
}
