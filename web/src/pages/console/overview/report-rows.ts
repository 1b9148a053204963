import type { ConsoleStats } from '../../../api/types'

const outcomes = ['accepted', 'amended', 'repeated', 'refused'] as const
type Outcome = (typeof outcomes)[number]

export interface ReportRow extends Record<Outcome, number> {
  standard: string
  share: number
}

const isKnown = (outcome: string): outcome is Outcome => outcomes.some((known) => known === outcome)
const total = (row: ReportRow): number => outcomes.reduce((sum, outcome) => sum + row[outcome], 0)

/** One row a standard, the busiest first. */
export function reportRows(counts: ConsoleStats['reports']): ReportRow[] {
  const rows = new Map<string, ReportRow>()
  for (const { standard, outcome, count } of counts) {
    if (!isKnown(outcome)) continue
    const row = rows.get(standard) ?? { standard, accepted: 0, amended: 0, repeated: 0, refused: 0, share: 0 }
    row[outcome] += count
    row.share = row.refused / (total(row) || 1)
    rows.set(standard, row)
  }
  return [...rows.values()].sort((a, b) => total(b) - total(a))
}
