import type { ConsoleLot, LotStatus } from '../../../api/types'

export interface LotFilter {
  text: string
  district: string
  status: LotStatus | ''
  /** Those that wait for an operator. */
  waiting: boolean
}

export const lotSorts = ['name', 'vacant', 'inside', 'heard'] as const
export type LotSort = (typeof lotSorts)[number]

const byName = new Intl.Collator('zh-CN', { numeric: true }).compare
const heardAt = ({ last_heard_at }: ConsoleLot): number => last_heard_at ? Date.parse(last_heard_at) : -Infinity

/** What wants an eye stands first: the fullest, the longest silent. */
const orders: Record<LotSort, (a: ConsoleLot, b: ConsoleLot) => number> = {
  name: (a, b) => byName(a.name, b.name),
  vacant: (a, b) => (a.reported ?? Infinity) - (b.reported ?? Infinity),
  inside: (a, b) => b.inside - a.inside,
  heard: (a, b) => heardAt(a) - heardAt(b),
}

export function lotRows(lots: readonly ConsoleLot[], { text, district, status, waiting }: LotFilter, sort: LotSort): ConsoleLot[] {
  const sought = text.trim().toLowerCase()
  return lots
    .filter((lot) =>
      (!sought || [lot.name, lot.code, lot.address, lot.provider, lot.provider_name ?? ''].some((said) => said.toLowerCase().includes(sought))) &&
      (!district || lot.district === district) && (!status || lot.status === status) && (!waiting || lot.state === 'waiting'))
    // Names decide between equals, so that the order stays when the list is read anew.
    .sort((a, b) => orders[sort](a, b) || byName(a.name, b.name))
}
