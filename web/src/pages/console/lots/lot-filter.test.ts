import { expect, test } from 'vitest'

import { areSavedFilters, filterQuery, keepFilter } from '../saved-filters'
import { everyState, lotFilterNames, lotsFilterOf } from './lot-filter'
import { partiesIn } from './parties'

test('an address is the question that is put to the platform', () => {
  expect(lotsFilterOf({})).toEqual({ state: everyState, sort: 'name', order: 'asc' })
  expect(lotsFilterOf({
    q: ' 人民广场 ', district: '330502', provider: 'hz-demo', kind: 'on-street', standard: 'huzhou', status: 'stale', state: 'trial',
    sort: 'occupancy', order: 'desc', view: 'map', lang: 'en',
  })).toEqual({
    q: '人民广场', district: '330502', provider: 'hz-demo', kind: 'on-street', standard: 'huzhou', status: 'stale', state: 'trial',
    sort: 'occupancy', order: 'desc',
  })
})

test('a word that the platform would refuse counts as left out', () => {
  expect(lotsFilterOf({ kind: 'underwater', sort: 'colour', order: 'up', status: ['online', 'stale'], q: '  ' }))
    .toEqual({ state: everyState, sort: 'name', order: 'asc' })
})

test('a saved filter holds the filters of its page alone, and a name is used once', () => {
  const query = filterQuery({ q: '医院', district: '', status: ['a', 'b'], lang: 'en', sort: 'vacant' }, lotFilterNames)
  expect(query).toEqual({ q: '医院', sort: 'vacant' })
  const saved = keepFilter(keepFilter([], { name: '医院', query: {} }), { name: '学校', query: {} })
  expect(keepFilter(saved, { name: '医院', query }).map(({ name, query: { q } }) => [name, q])).toEqual([['医院', '医院'], ['学校', undefined]])
})

test('what a browser kept in another shape is no filter', () => {
  expect(areSavedFilters([{ name: 'a', query: { q: 'b' } }])).toBe(true)
  for (const kept of [null, {}, ['a'], [{ name: 'a' }], [{ name: 1, query: {} }], [{ name: 'a', query: { q: 1 } }], [{ name: 'a', query: null }]]) {
    expect(areSavedFilters(kept)).toBe(false)
  }
})

test('codes of providers stand with commas of either kind between them', () => {
  expect(partiesIn('ykc-op， b、c;d e')).toEqual(['ykc-op', 'b', 'c', 'd', 'e'])
  expect(partiesIn('  ')).toEqual([])
})
