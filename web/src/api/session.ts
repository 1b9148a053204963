// Who reads: a person by the cookie that the browser sends by itself, or whoever pasted a program's token.
import { computed, readonly, shallowRef } from 'vue'

import type { ApiProblem } from './problem'
import { forgetToken, keepToken, token } from './token'
import type { Permission, SignedIn } from './types'

const current = shallowRef<SignedIn | null>(null)
const ended = shallowRef(false)
const isRead = shallowRef(false)

export const person = readonly(current)
/** The platform ended the session: it ran out, or was ended elsewhere. */
export const sessionEnded = readonly(ended)
/** The platform has said whether somebody is signed in. */
export const sessionIsRead = readonly(isRead)

export const isSignedIn = computed(() => token.value !== null || current.value !== null)

/** Keeps what one reader may see apart from what another may. */
export const readerKey = computed(() => token.value ?? current.value?.login ?? null)

const hint = 'bowei.signed-in'

function remember(signedIn: boolean): void {
  // Storage is closed to a page in some private windows; the public pages then do not ask who reads.
  try {
    if (signedIn) localStorage.setItem(hint, '1')
    else localStorage.removeItem(hint)
  } catch {
    // Asked on the console all the same.
  }
}

/** Somebody signed in with this browser and did not sign out: worth asking on a page that is public too. */
export function wasSignedIn(): boolean {
  try {
    return localStorage.getItem(hint) !== null
  } catch {
    return false
  }
}

export function keepPerson(signedIn: SignedIn): void {
  current.value = signedIn
  ended.value = false
  isRead.value = true
  remember(true)
}

export function forgetPerson(becauseEnded = false): void {
  current.value = null
  ended.value = becauseEnded
  isRead.value = true
  remember(false)
}

/** A pasted token goes before whoever is signed in, who is asked for again once it is left. */
export function enterToken(value: string): void {
  current.value = null
  isRead.value = false
  keepToken(value)
}

/** What a refusal says of who reads: that the token or the session is good no more, or what has to be done first. */
export function followRefusal({ status, code }: ApiProblem): void {
  if (token.value !== null) {
    if (status === 401) forgetToken(true)
    return
  }
  if (code === 'signed-out') forgetPerson(current.value !== null)
  if (!current.value) return
  if (code === 'must-change-password') current.value = { ...current.value, must_change_password: true }
  if (code === 'totp-required') current.value = { ...current.value, totp: 'required' }
}

/** What people alone are given; a token's own permissions are not known to a page, the platform holds them. */
const ofPeople: readonly Permission[] = [
  'plates.reveal', 'users.read', 'users.change', 'tokens.change', 'audit.read', 'exports.make', 'exports.approve',
  'holds.read', 'holds.manage',
]

export function may(permission: Permission): boolean {
  if (token.value !== null) return !ofPeople.includes(permission)
  return (current.value?.permissions as readonly Permission[] | undefined)?.includes(permission) ?? false
}

export const mayAny = (permissions: readonly Permission[]): boolean => permissions.some(may)
