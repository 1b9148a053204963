/** Of so many minutes some were not there: to the hundredth of a per cent, and never 100% of what is not whole. */
export function sharePercent(share: number | null | undefined, away: number): string | null {
  if (share == null) return null
  const hundredths = away > 0 ? Math.min(9_999, Math.floor(share * 10_000)) : Math.round(share * 10_000)
  return `${(hundredths / 100).toFixed(2)}%`
}

export type Level = 'whole' | 'short' | 'long'

/** So long a gap in a day is seen by everybody. */
const longMinutes = 30

export const levelOf = ({ away }: { away: number }): Level => away === 0 ? 'whole' : away < longMinutes ? 'short' : 'long'
