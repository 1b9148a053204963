const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** Bytes as people read them: three digits at most. */
export function bytesWords(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** power
  return `${value >= 100 || power === 0 ? Math.round(value) : value.toFixed(1)} ${units[power] ?? ''}`
}

/** How much is taken of what there is, in percent. */
export const percentTaken = (taken: number, all: number): number => all > 0 ? Math.round(Math.max(0, Math.min(1, taken / all)) * 100) : 0

/** From here on somebody should look. */
export const nearFullPercent = 80
