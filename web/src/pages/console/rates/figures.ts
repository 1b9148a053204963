/** To the tenth of a per cent, and never 100.0% of what is not whole. */
export function percent(rate: number): string {
  const tenths = rate >= 1 ? 1_000 : Math.min(999, Math.round(rate * 1_000))
  return `${(tenths / 10).toFixed(1)}%`
}

export const scoreWords = (score: number): string => score.toFixed(1)
