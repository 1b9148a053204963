import { reportOutcomes, type ConsoleStats, type ReportOutcome } from '../../../api/types'

export interface ReportRow extends Record<ReportOutcome, number> {
  standard: string
  share: number
}

const total = (row: ReportRow): number => reportOutcomes.reduce((sum, outcome) => sum + row[outcome], 0)

/** One row a standard, the busiest first. */
export function reportRows(counts: ConsoleStats['reports']): ReportRow[] {
  const rows = new Map<string, ReportRow>()
  for (const { standard, outcome, count } of counts) {
    // A platform newer than the page may have others.
    if (!reportOutcomes.includes(outcome)) continue
    const row = rows.get(standard) ?? { standard, accepted: 0, amended: 0, repeated: 0, refused: 0, share: 0 }
    row[outcome] += count
    row.share = row.refused / (total(row) || 1)
    rows.set(standard, row)
  }
  return [...rows.values()].sort((a, b) => total(b) - total(a))
}
