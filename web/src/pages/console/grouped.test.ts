import { expect, test } from 'vitest'

import { grouped } from './grouped'

test('what says the same one after the other is one entry', () => {
  const groups = grouped(['a1', 'a2', 'b1', 'a3'], (text) => text.slice(0, 1))
  expect(groups).toEqual([{ first: 'a1', same: ['a2'] }, { first: 'b1', same: [] }, { first: 'a3', same: [] }])
})
