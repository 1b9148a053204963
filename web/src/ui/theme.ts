import { readonly, ref } from 'vue'

// The curve and the map are drawn on canvases, which style sheets do not reach.
const query = matchMedia('(prefers-color-scheme: dark)')
const dark = ref(query.matches)
query.addEventListener('change', (event) => {
  dark.value = event.matches
})

export const isDark = readonly(dark)

export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
}
