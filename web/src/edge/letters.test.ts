import { expect, test } from 'vitest'

import { letterWith, statusWith, uplinkWith } from './fixtures'
import { follow, mendedFrom, overlay, without, type Retry } from './letters'
import type { Passage, Standing } from './types'

const listed = (ids: number[], next: number | null = null) => ({ items: ids.map((id) => letterWith(id)), next })
const ids = ({ items }: { items: { id: number }[] }): number[] => items.map(({ id }) => id)

test('a fresh first page takes the place of the part it covers and leaves later pages', () => {
  const shown = overlay(listed([1, 2, 3, 4, 5, 6], 6), listed([1, 3, 4], 4))
  expect(ids(shown)).toEqual([1, 3, 4, 5, 6])
  expect(shown.next).toBe(6)
})

test('newest first does as well as oldest first', () => {
  expect(ids(overlay(listed([9, 8, 7, 6, 5], 5), listed([10, 9, 7], 7)))).toEqual([10, 9, 7, 6, 5])
})

test('a fresh page that is all there is replaces everything', () => {
  expect(overlay(listed([1, 2, 3]), listed([]))).toEqual(listed([]))
  expect(ids(overlay(listed([1, 2, 3, 4], 4), listed([2])))).toEqual([2])
  expect(ids(without(listed([1, 2]), 1))).toEqual([2])
})

const retry: Retry = { id: 3, uplink: 'huzhou', seq: 77, sentMs: 0, outcome: 'waiting', why: null }
const passageOf = (seq: number, standing: Standing): Passage => ({
  seq, kind: 'entry', record_id: 'R3', at: '2026-04-01T08:00:00+08:00', plate: '浙E12345', plate_kind: '02', gate: 'G1',
  gate_name: null, vacant: 1, standing: { huzhou: standing },
})
const news = (given: object = {}) => ({ status: statusWith(), passages: [], letters: listed([]), ...given })
const busy = { status: statusWith({ uplinks: [uplinkWith({ backlog: 1 })] }) }

test('a retry is followed by its new sequence number', () => {
  expect(follow(retry, news({ ...busy, passages: [passageOf(76, 'delivered')] })).outcome).toBe('waiting')
  expect(follow(retry, news({ passages: [passageOf(77, 'waiting')] })).outcome).toBe('waiting')
  expect(follow(retry, news({ passages: [passageOf(77, 'delivered')] })).outcome).toBe('delivered')
})

test('one refused again brings the platform’s new words', () => {
  const letters = { items: [letterWith(9, { seq: 77, why: '还是不对' })], next: null }
  expect(follow(retry, news({ letters }))).toMatchObject({ outcome: 'refused', why: '还是不对' })
})

test('what is no passage has gone through once nothing waits and the whole list lacks it', () => {
  expect(follow(retry, news()).outcome).toBe('passed')
  expect(follow(retry, news(busy)).outcome).toBe('waiting')
  expect(follow(retry, news({ letters: listed([1], 1) })).outcome).toBe('waiting')
})

test('a conclusion gives way to a refusal seen later', () => {
  const letters = { items: [letterWith(9, { seq: 77, why: '还是不对' })], next: null }
  expect(follow({ ...retry, outcome: 'passed' }, news({ letters })).outcome).toBe('refused')
})

test('an outcome once known stays', () => {
  const known: Retry = { ...retry, outcome: 'refused', why: '不对' }
  expect(follow(known, news())).toBe(known)
})

test('a mended report must be a JSON object, and a change of spaces is none', () => {
  const original = { plate: '浙E1' }
  expect(mendedFrom('{ "plate" : "浙E1" }', original)).toEqual({ report: original, changed: false })
  expect(mendedFrom('{"plate":"浙E12345"}', original)).toEqual({ report: { plate: '浙E12345' }, changed: true })
  expect(mendedFrom('[1]', original)).toEqual({ wrong: 'notObject' })
  expect(mendedFrom('{"plate"', original)).toMatchObject({ wrong: 'notJson' })
})
