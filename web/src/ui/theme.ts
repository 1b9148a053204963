import { computed, ref, watchEffect } from 'vue'

import { viewOptions } from '../view-options'

const query = matchMedia('(prefers-color-scheme: dark)')
const systemIsDark = ref(query.matches)
query.addEventListener('change', (event) => {
  systemIsDark.value = event.matches
})

/** For what is drawn on a canvas, which style sheets do not reach. */
export const isDark = computed(() => viewOptions.theme ? viewOptions.theme === 'dark' : systemIsDark.value)

/** The look that the address asks for, if any, for the style sheets. */
export function followTheme(): void {
  watchEffect(() => {
    const { dataset } = document.documentElement
    if (viewOptions.theme) dataset.theme = viewOptions.theme
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
