import { expect, test } from 'vitest'

import type { PassageEvent } from '../../../api/types'
import { kept, PassageLog } from './passages'

const passage = (record_id: string, kind: 'entry' | 'exit' = 'entry'): PassageEvent => ({
  lot: '330502-001', lot_name: '人民广场', record_id, kind, at: '2026-05-01T08:00:00+08:00',
  received_at: '2026-05-01T08:00:01+08:00', plate: '浙E12345', plate_kind: '02', gate: '东门', berth: null, photo_id: null,
})

test('the newest is on top and the oldest are let go', () => {
  const log = new PassageLog()
  for (let n = 0; n < kept + 20; n += 1) log.add([passage(`r${n}`)])
  expect(log.passages).toHaveLength(kept)
  expect(log.passages[0]?.record_id).toBe(`r${kept + 19}`)
  expect(log.passages.at(-1)?.record_id).toBe('r20')
})

test('a photo goes to the passage of its record and role', () => {
  const log = new PassageLog()
  log.add([passage('a', 'entry'), passage('a', 'exit')])
  expect(log.attach({ lot: '330502-001', record_id: 'a', id: 'p1', role: 'entry', photo_id: null })).toBe(true)
  expect(log.passages.map(({ kind, photo }) => [kind, photo])).toEqual([['exit', null], ['entry', 'p1']])
  expect(log.attach({ lot: '330502-001', record_id: 'gone', id: 'p2', role: 'entry', photo_id: null })).toBe(false)
})

test('a photo with a name goes to the passage that names it, whichever comes first', () => {
  const log = new PassageLog()
  const named = (id: string, photo_id: string) => ({ lot: '330502-001', record_id: null, id, role: null, photo_id })
  log.add([{ ...passage('a'), photo_id: 'n1' }])
  expect(log.attach(named('p1', 'n1'))).toBe(true)
  expect(log.attach(named('p2', 'n2'))).toBe(false)
  log.add([{ ...passage('b'), photo_id: 'n2' }])
  expect(log.passages.map(({ photo }) => photo)).toEqual(['p2', 'p1'])
})

test('a repeated passage has its own place in the list', () => {
  const log = new PassageLog()
  log.add([passage('a'), passage('a')])
  expect(new Set(log.passages.map(({ turn }) => turn)).size).toBe(2)
})
