import { standards, type Credential } from '../../../api/office'
import { tIfKnown } from '../../../i18n'

/** Standards without a key that holds: for those one is issued, for the others rotated. */
export const withoutKey = (credentials: readonly Credential[]): string[] =>
  standards.filter((standard) => !credentials.some((each) => each.standard === standard && each.state === 'current'))

/** What is told once, a line a field, each with what the standard calls it. */
export const secretLines = (account: string | undefined, fields: Record<string, string>): string[] => {
  const lines = Object.entries(fields).map(([name, value]) => `${tIfKnown('keyField', name)}: ${value}`)
  return account && !Object.values(fields).includes(account) ? [account, ...lines] : lines
}

/** The ones that hold first, then by standard; what has ended stands last. */
export const inOrder = (credentials: readonly Credential[]): Credential[] => {
  const rank = { current: 0, ending: 1, ended: 2 }
  return [...credentials].sort((a, b) => rank[a.state] - rank[b.state] || a.standard.localeCompare(b.standard) || b.issued_at.localeCompare(a.issued_at))
}
