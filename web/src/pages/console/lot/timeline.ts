import type { Finding } from '../../../api/types'

export interface Lane {
  kind: string
  findings: Finding[]
}

/** The findings of a day by kind, each in the order of its time; the kind with most of them first. */
export function lanesOf(findings: readonly Finding[]): Lane[] {
  const lanes = new Map<string, Finding[]>()
  for (const each of findings) lanes.set(each.kind, [...lanes.get(each.kind) ?? [], each])
  return [...lanes].map(([kind, of]) => ({ kind, findings: of.sort((a, b) => Date.parse(a.at) - Date.parse(b.at)) }))
    .sort((a, b) => b.findings.length - a.findings.length || a.kind.localeCompare(b.kind))
}

/** Where a moment lies in a day, 0 to 1; what is about the whole day, or lies outside it, stands at its edge. */
export function placeIn(at: string, from: string, to: string): number {
  const [moment, begins, ends] = [Date.parse(at), Date.parse(from), Date.parse(to)]
  return Math.min(1, Math.max(0, (moment - begins) / (ends - begins)))
}
