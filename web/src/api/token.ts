import { readonly, ref } from 'vue'

const key = 'bowei.token'

function stored(): string | null {
  // Storage is closed to a page in some private windows; the console then asks each time.
  try {
    return sessionStorage.getItem(key)
  } catch {
    return null
  }
}

const current = ref<string | null>(stored())
const refused = ref(false)

export const token = readonly(current)
/** The platform answered 401 to the last token. */
export const tokenRefused = readonly(refused)

export function keepToken(value: string): void {
  current.value = value
  refused.value = false
  try {
    sessionStorage.setItem(key, value)
  } catch {
    // Kept for as long as the page lives.
  }
}

export function forgetToken(becauseRefused = false): void {
  current.value = null
  refused.value = becauseRefused
  try {
    sessionStorage.removeItem(key)
  } catch {
    // Nothing was stored.
  }
}

export const tokenIn = (hash: string): string | null => new URLSearchParams(hash.slice(1)).get('token')

/**
 * A link from the command line carries the token behind "#", where no server log sees it.
 * It is taken out of the address at once, so that the address can be shared.
 */
export function takeTokenFromAddress(): void {
  const carried = tokenIn(location.hash)
  if (!carried) return
  history.replaceState(history.state, '', location.pathname + location.search)
  keepToken(carried)
}
