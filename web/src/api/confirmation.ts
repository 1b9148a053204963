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

/** What the window that went to the identity provider tells the one that waits. */
const channel = 'bowei.confirmed'

/** What the platform says of it in the address: nothing once it is confirmed. */
export type SsoOutcome = 'refused' | 'failed' | 'code' | null

export const ssoOutcome = (told: unknown): SsoOutcome =>
  told === 'refused' || told === 'failed' || told === 'code' ? told : null

export function tellConfirmed(outcome: SsoOutcome): void {
  const open = new BroadcastChannel(channel)
  open.postMessage(outcome)
  open.close()
}

/** Hears how it went until it is told to stop. */
export function onConfirmed(hear: (outcome: SsoOutcome) => void): () => void {
  const open = new BroadcastChannel(channel)
  open.onmessage = ({ data }) => hear(ssoOutcome(data))
  return () => open.close()
}
