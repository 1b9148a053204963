import { computed, ref, watchEffect } from 'vue'

import { viewOptions, type Theme } from '../view-options'

const key = 'bowei.theme'

function stored(): Theme | null {
  try {
    const theme = localStorage.getItem(key)
    return theme === 'light' || theme === 'dark' ? theme : null
  } catch {
    return null
  }
}

const remembered = ref(stored())

const query = matchMedia('(prefers-color-scheme: dark)')
const systemIsDark = ref(query.matches)
query.addEventListener('change', (event) => {
  systemIsDark.value = event.matches
})

/** The look that the address asks for, or that was chosen here; null follows the system. */
export const theme = computed<Theme | null>(() => viewOptions.theme ?? remembered.value)

/** For what is drawn on a canvas, which style sheets do not reach. */
export const isDark = computed(() => theme.value ? theme.value === 'dark' : systemIsDark.value)

const following: Record<Theme | 'system', Theme | null> = { system: 'light', light: 'dark', dark: null }

/** From the system's look to light, to dark, and to the system's again. */
export function switchTheme(): void {
  const next = following[theme.value ?? 'system']
  remembered.value = next
  viewOptions.theme = null
  try {
    if (next) localStorage.setItem(key, next)
    else localStorage.removeItem(key)
  } catch {
    // Not remembered, but switched.
  }
}

/** The look that is asked for, if any, for the style sheets. */
export function followTheme(): void {
  watchEffect(() => {
    const { dataset } = document.documentElement
    if (theme.value) dataset.theme = theme.value
    else delete dataset.theme
  }, { flush: 'sync' })
}

let probe: HTMLElement | undefined

/** A colour of the style sheet as the browser has worked it out, in a form that canvases read. */
export function colour(name: string): string {
  if (!probe) {
    probe = document.createElement('i')
    probe.hidden = true
    document.body.append(probe)
  }
  probe.style.color = `var(--${name})`
  return getComputedStyle(probe).color
}
