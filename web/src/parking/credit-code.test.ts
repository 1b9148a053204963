import { expect, test } from 'vitest'

import { creditCodeFault, creditCodeIn } from './credit-code'

test('a code whose last character checks the others is taken, in whatever way it was typed', () => {
  for (const code of ['91350100M000100Y43', '91110000802100433B', '9144030071526726XG', ' 9111 0000 8021 0043 3b ']) {
    expect(creditCodeFault(code), code).toBeNull()
  }
  expect(creditCodeIn(' 9111 0000 8021 0043 3b ')).toBe('91110000802100433B')
})

test('a slip is told with the character that would fit', () => {
  expect(creditCodeFault('91350100M000100Y44')).toEqual({ kind: 'check', wanted: '3' })
  expect(creditCodeFault('91350100M000100Y34')).toMatchObject({ kind: 'check' })
})

test('a code of another length, or with characters that are none of it, is told so', () => {
  expect(creditCodeFault('91350100M000100Y4')).toEqual({ kind: 'length', n: 17 })
  for (const letter of ['I', 'O', 'S', 'V', 'Z', '中', '-']) {
    expect(creditCodeFault(`9135010${letter}M000100Y43`)).toEqual({ kind: 'characters' })
  }
})
