import type { PublicLot } from '../api/types'

export const levels = ['plenty', 'few', 'full', 'stale', 'closed'] as const
export type Level = (typeof levels)[number]

type Counted = Pick<PublicLot, 'status' | 'vacant' | 'spaces_total'>

/** Below a tenth of its spaces a lot is likely to be full on arrival; a small one below three. */
const fewShare = 0.1
const fewSpaces = 3

export function levelOf(lot: Counted): Level {
  if (lot.status === 'closed') return 'closed'
  // A lot that is heard from but has no count tells a driver as little as a silent one.
  if (lot.status === 'stale' || lot.vacant == null) return 'stale'
  if (lot.vacant <= 0) return 'full'
  return lot.vacant <= Math.max(fewSpaces, lot.spaces_total * fewShare) ? 'few' : 'plenty'
}

/** The word beside the sign: a lot that is heard from and tells no number one can believe is unknown, not lost. */
export function levelWord(lot: Counted): `level.${Level | 'unknown'}` {
  return lot.status === 'online' && lot.vacant == null ? 'level.unknown' : `level.${levelOf(lot)}`
}

/** Lots without chargers report that none is free. */
export const hasChargers = (lot: Pick<PublicLot, 'charging_spaces' | 'charging_vacant'>): boolean =>
  lot.charging_spaces > 0 || (lot.charging_vacant ?? 0) > 0

/** What is told to the public: an old number of a silent lot would mislead. */
export function toldVacant(lot: Counted): number | null {
  return lot.status === 'online' ? (lot.vacant ?? null) : null
}
