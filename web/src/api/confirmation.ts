// The password asked once more before what it takes for; what waits for it goes on by itself.
import { computed, shallowRef } from 'vue'

interface Asked {
  confirmed: Promise<boolean>
  settle(confirmed: boolean): void
}

const asked = shallowRef<Asked | null>(null)

export const passwordIsAsked = computed(() => asked.value !== null)

/** Whether the person gave it; several requests that wait for it are one question. */
export function askPassword(): Promise<boolean> {
  if (asked.value) return asked.value.confirmed
  let settle: Asked['settle'] = () => undefined
  const confirmed = new Promise<boolean>((resolve) => {
    settle = resolve
  })
  asked.value = { confirmed, settle }
  return confirmed
}

export function settlePassword(confirmed: boolean): void {
  asked.value?.settle(confirmed)
  asked.value = null
}
