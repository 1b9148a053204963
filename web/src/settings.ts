import { shallowRef } from 'vue'

import { fetchSettings } from './api/client'
import { problemOf, type ApiProblem } from './api/problem'
import type { Settings } from './api/types'

// Asked for once and shared: the settings do not change while a page is open.
export const settings = shallowRef<Settings | null>(null)
export const settingsProblem = shallowRef<ApiProblem | null>(null)

export async function loadSettings(): Promise<void> {
  try {
    settings.value = await fetchSettings()
    settingsProblem.value = null
  } catch (cause) {
    settingsProblem.value = problemOf(cause)
  }
}
