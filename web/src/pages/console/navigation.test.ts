import { expect, test } from 'vitest'

import type { Permission } from '../../api/types'
import { backFrom, firstStep } from './admission'
import { filterOf } from './filter'
import { homeOf, navigationFor } from './navigation'
import { consolePages } from './routes'

const withOnly = (...permissions: Permission[]) => (permission: Permission): boolean => permissions.includes(permission)
const names = (may: (permission: Permission) => boolean) => navigationFor(may).flatMap(({ pages }) => pages.map(({ name }) => name))

test('each reader is shown the pages of their permissions and no others', () => {
  expect(names(withOnly('users.read', 'users.change', 'tokens.change'))).toEqual(['console-people', 'console-tokens'])
  expect(names(withOnly('audit.read', 'users.read'))).toEqual(['console-people', 'console-audit'])
  expect(names(withOnly('jobs.read', 'stats.read', 'lots.read'))).toEqual(['console', 'console-lots', 'console-jobs'])
  expect(names(withOnly())).toEqual([])
})

test('a provider is shown its lots and its connection, and nothing that is the office’s alone', () => {
  expect(names(withOnly('lots.read', 'lots.change', 'providers.read'))).toEqual(['console-lots', 'console-providers'])
  expect(names(withOnly('registrations.read', 'businesses.read', 'system.read'))).toEqual(['console-registrations', 'console-businesses', 'console-system'])
})

test('supervision is for whoever may read it: a provider sees its own cases and rates', () => {
  expect(names(withOnly('lots.read', 'cases.read', 'rates.read', 'findings.read'))).toEqual(['console-lots', 'console-cases', 'console-rates', 'console-orders', 'console-rules', 'console-reports', 'console-findings'])
  expect(names(withOnly('cases.handle'))).toEqual([])
})

test('a heading without pages is left out, and with all permissions every page stands under one', () => {
  expect(navigationFor(withOnly('audit.read')).map(({ group }) => group)).toEqual(['system'])
  expect(names(() => true).sort()).toEqual(consolePages.map(({ name }) => name).sort())
})

test('the console begins at the first page that one may open', () => {
  expect(homeOf(withOnly('stats.read', 'lots.read'))).toBe('console')
  expect(homeOf(withOnly('users.read'))).toBe('console-people')
  expect(homeOf(withOnly())).toBe('profile')
})

test('the first password comes before the second factor', () => {
  expect(firstStep({ must_change_password: true, totp: 'required' })).toBe('first-password')
  expect(firstStep({ must_change_password: false, totp: 'required' })).toBe('second-factor')
  expect(firstStep({ must_change_password: false, totp: 'none' })).toBeNull()
})

test('one goes back to pages of this site only', () => {
  expect(backFrom('/console/audit?user=zhang#a')).toBe('/console/audit?user=zhang#a')
  expect(backFrom('/lots/330502-001')).toBe('/lots/330502-001')
  expect(backFrom('/console')).toBe('/console')
  for (const elsewhere of ['//evil.example/console', 'https://evil.example', '/console/sign-in?back=/x', '/consoles', '/\\evil', ['/console'], undefined]) {
    expect(backFrom(elsewhere)).toBeNull()
  }
})

test('a filter that is none of its words counts as left out', () => {
  expect(filterOf('open', ['open', 'closed'])).toBe('open')
  expect(filterOf('odd', ['open', 'closed'])).toBe('')
  expect(filterOf(['a', 'b'])).toBe('')
  expect(filterOf('330502-001')).toBe('330502-001')
})
