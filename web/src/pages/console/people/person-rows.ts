import type { Role, User } from '../../../api/types'

export const personStates = ['active', 'locked', 'disabled', 'first'] as const
export type PersonState = (typeof personStates)[number]

/** What matters most of an account: that it is off, then that it is locked out. */
export function stateOf({ disabled, locked_until, must_change_password }: User, now = Date.now()): PersonState {
  if (disabled) return 'disabled'
  if (locked_until && Date.parse(locked_until) > now) return 'locked'
  return must_change_password ? 'first' : 'active'
}

export interface PersonFilter {
  text: string
  role: Role | ''
  state: PersonState | ''
}

export function personRows(users: readonly User[], { text, role, state }: PersonFilter, now = Date.now()): User[] {
  const sought = text.trim().toLowerCase()
  return users.filter((user) =>
    (!sought || user.login.toLowerCase().includes(sought) || user.name.toLowerCase().includes(sought)) &&
    (!role || user.role === role) && (!state || stateOf(user, now) === state))
}

/** Administrators are bounded by nothing: they see no lots. */
export const hasDistrict = (role: string): boolean => ['operator', 'regulator', 'provider', 'viewer'].includes(role)
