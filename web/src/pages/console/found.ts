import type { RouteLocationRaw } from 'vue-router'

import type { Found } from '../../api/office'
import { dayOf } from '../../time/clock'

export interface FoundItem {
  key: string
  name: string
  code: string
  at?: string
  to: RouteLocationRaw
}

export interface FoundGroup {
  kind: keyof Found
  items: FoundItem[]
}

/** A single letter or digit finds everything; a single character of Chinese may well be half a name. */
export const isWorthAsking = (typed: string): boolean => {
  const text = typed.trim()
  return [...text].length >= 2 || /\p{Script=Han}/u.test(text)
}

/** What was found, by kind, each with where it leads; a record leads to its lot on its day. */
export function foundGroups({ lots, providers, records, registrations }: Found): FoundGroup[] {
  const groups: FoundGroup[] = [
    { kind: 'lots', items: lots.map(({ code, name }) => ({ key: `lot/${code}`, name, code, to: { name: 'console-lot', params: { code } } })) },
    { kind: 'providers', items: providers.map(({ code, name }) => ({ key: `provider/${code}`, name, code, to: { name: 'console-provider', params: { code } } })) },
    { kind: 'registrations', items: registrations.map(({ code, name }) => ({ key: `registration/${code}`, name, code, to: { name: 'console-registration', params: { id: code } } })) },
    {
      kind: 'records',
      items: records.map(({ lot, record_id, at }) => ({
        key: `record/${lot}/${record_id}`, name: record_id, code: lot, at, to: { name: 'console-lot', params: { code: lot }, query: { date: dayOf(at) } },
      })),
    },
  ]
  return groups.filter(({ items }) => items.length > 0)
}
