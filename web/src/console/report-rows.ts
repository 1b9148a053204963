import type { ConsoleStats } from '../api/types'

export interface ReportRow {
  standard: string
  accepted: number
  refused: number
  share: number
}

/** One row a standard, the busiest first. */
export function reportRows(counts: ConsoleStats['reports']): ReportRow[] {
  const rows = new Map<string, ReportRow>()
  for (const { standard, outcome, count } of counts) {
    const row = rows.get(standard) ?? { standard, accepted: 0, refused: 0, share: 0 }
    row[outcome] += count
    row.share = row.refused / (row.accepted + row.refused || 1)
    rows.set(standard, row)
  }
  return [...rows.values()].sort((a, b) => b.accepted + b.refused - (a.accepted + a.refused))
}
