import { expect, test } from 'vitest'

import { assign, canImport, meaningOf } from './mapping'

const mapping = { credit_code: 0, name: 1, address: 2, district: null, registered_at: null }

test('a column holds one thing: given to another, it is taken from the first', () => {
  expect(assign(mapping, 'district', 2)).toEqual({ ...mapping, address: null, district: 2 })
  expect(assign(mapping, 'name', null)).toEqual({ ...mapping, name: null })
  expect(assign(mapping, 'name', 1)).toEqual(mapping)
})

test('a list without names and codes cannot be taken', () => {
  expect([canImport(mapping), canImport({ ...mapping, name: null }), canImport({ ...mapping, name: null, credit_code: null })]).toEqual([true, true, false])
})

test('a column that nothing was given to means nothing', () => {
  expect([meaningOf(mapping, 1), meaningOf(mapping, 9)]).toEqual(['name', null])
})
