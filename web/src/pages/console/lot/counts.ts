import type { Count } from '../../../api/types'

export interface Gap {
  at: string
  difference: number
}

/** What else happened at a time of the curves. */
export interface Mark {
  at: string
  words: string
}

/** A point of each curve; null breaks the line where one side has no count. */
export type Point = [at: number, value: number | null]

export interface Curves {
  reported: Point[]
  derived: Point[]
  difference: Point[]
  now: Gap | null
  largest: Gap | null
}

/**
 * The curves of a day. Counts stand until the next one, so the last is drawn on to `until`,
 * and the difference is taken only where both sides are known.
 */
export function curvesOf(counts: readonly Count[], until: Date): Curves {
  const inOrder = [...counts].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
  const curves: Curves = { reported: [], derived: [], difference: [], now: null, largest: null }
  for (const { at, reported, derived } of inOrder) {
    const moment = Date.parse(at)
    const gap = reported == null || derived == null ? null : reported - derived
    curves.reported.push([moment, reported ?? null])
    curves.derived.push([moment, derived ?? null])
    curves.difference.push([moment, gap])
    curves.now = gap == null ? null : { at, difference: gap }
    if (gap != null && (!curves.largest || Math.abs(gap) > Math.abs(curves.largest.difference)))
      curves.largest = { at, difference: gap }
  }
  for (const curve of [curves.reported, curves.derived, curves.difference]) {
    const last = curve.at(-1)
    if (last && last[0] < until.getTime()) curve.push([until.getTime(), last[1]])
  }
  return curves
}

/** Beyond this share of a lot's spaces nothing true is counted: one such count must not flatten a day. */
const beyond = 1.2

/** The top of the axis: all there is to see, no more than the lot has by much, and its spaces where they are near. */
export function axisTop(highest: number, total: number): number {
  const top = Math.max(highest, Math.min(total, highest * 1.2))
  return total > 0 ? Math.min(top, Math.ceil(total * beyond)) : top
}

/** The end of the axis of differences on one side, likewise. */
export const axisEnd = (furthest: number, total: number): number =>
  total > 0 ? Math.sign(furthest) * Math.min(Math.abs(furthest), Math.ceil(total * beyond)) : furthest

export const signed = (difference: number): string => (difference > 0 ? `+${difference}` : String(difference).replace('-', '−'))
