import { expect, test } from 'vitest'

import type { Credential } from '../../../api/office'
import { inOrder, secretLines, withoutKey } from './keys'

const key = (standard: string, state: Credential['state'], issued_at = ''): Credential =>
  ({ id: `${standard}/${state}${issued_at}`, standard, account: 'a', issued_at, state, waiting_handover: false })

test('a key is issued where none holds, and rotated where one does', () => {
  expect(withoutKey([key('huzhou', 'current'), key('ningbo', 'ending'), key('isp', 'ended')])).toEqual(['shenzhen', 'ningbo', 'isp', 'yunkuaichong'])
})

test('keys that hold stand before those that end, and the newer before the older', () => {
  const sorted = inOrder([key('ningbo', 'ended'), key('ningbo', 'current'), key('huzhou', 'ending', '1'), key('huzhou', 'ending', '2'), key('huzhou', 'current')])
  expect(sorted.map(({ id }) => id)).toEqual(['huzhou/current', 'ningbo/current', 'huzhou/ending2', 'huzhou/ending1', 'ningbo/ended'])
})

test('secrets are told with what the standard calls them, the account first where no field has it', () => {
  expect(secretLines('hz-1', { app_id: 'hz-1', odd: 'x' })).toEqual([expect.stringContaining('hz-1'), 'odd: x'])
  expect(secretLines('hz-1', { odd: 'x' })).toEqual(['hz-1', 'odd: x'])
})
