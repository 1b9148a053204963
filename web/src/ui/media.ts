import { onBeforeUnmount, shallowRef, type ShallowRef } from 'vue'

/** Whether a media query holds, while the component lives. */
export function useMediaQuery(query: string): ShallowRef<boolean> {
  const list = matchMedia(query)
  const holds = shallowRef(list.matches)
  const follow = (): void => {
    holds.value = list.matches
  }
  list.addEventListener('change', follow)
  onBeforeUnmount(() => list.removeEventListener('change', follow))
  return holds
}
