// The private link of a reservation carries its token behind "#", where no server log sees it. The page takes it out of
// the address at once and out of what the browser lists as visited; this tab alone keeps it.
import { readonly, shallowRef } from 'vue'

export const reservationPath = '/reservation'
const key = 'bowei.reservation'

function stored(): string | null {
  // Storage is closed to a page in some private windows; the link then has to be opened again.
  try {
    return sessionStorage.getItem(key)
  } catch {
    return null
  }
}

const current = shallowRef<string | null>(stored())

export const reservationToken = readonly(current)

export function keepReservationToken(token: string): void {
  current.value = token
  try {
    sessionStorage.setItem(key, token)
  } catch {
    // Kept for as long as the page lives.
  }
}

/** The token in an address's fragment: of a link that was cut short too, which is told to be none by the platform. */
export const reservationTokenIn = (path: string, hash: string): string | null =>
  path === reservationPath ? /^#([\w-]{1,200})$/.exec(hash)?.[1] ?? null : null

/** The token of a link that somebody pasted, or of the token alone; null where it is neither. */
export function reservationTokenOf(pasted: string): string | null {
  const text = pasted.trim()
  return new RegExp(`(?:${reservationPath}(?:\\?[^#]*)?#|^)([\\w-]{16,200})$`).exec(text)?.[1] ?? null
}

/** The whole link, to be kept. */
export const reservationLink = (token: string): string => `${location.origin}${reservationPath}#${token}`

/** Before the router looks at the address and keeps what it sees there. */
export function takeReservationFromAddress(): void {
  const carried = reservationTokenIn(location.pathname, location.hash)
  if (!carried) return
  history.replaceState(history.state, '', location.pathname + location.search)
  keepReservationToken(carried)
}
