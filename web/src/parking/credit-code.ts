/** GB 32100-2015: 18 characters of these 31, the last of which checks the others. */
const characters = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const codeLength = 18
/** Of the place `i`: 3 to the power of `i`, modulo 31. */
const weights = Array.from({ length: codeLength - 1 }, (_, place) => Array.from({ length: place }).reduce<number>((power) => (power * 3) % 31, 1))

export type CreditCodeFault = { kind: 'length'; n: number } | { kind: 'characters' } | { kind: 'check'; wanted: string }

/** Without blanks and in capitals, as people do not always type it. */
export const creditCodeIn = (typed: string): string => typed.replace(/\s/g, '').toUpperCase()

/** What is wrong with a unified social credit code; null where nothing is. */
export function creditCodeFault(typed: string): CreditCodeFault | null {
  const code = creditCodeIn(typed)
  if (code.length !== codeLength) return { kind: 'length', n: code.length }
  const values = [...code].map((character) => characters.indexOf(character))
  if (values.includes(-1)) return { kind: 'characters' }
  const sum = weights.reduce((total, weight, place) => total + weight * (values[place] ?? 0), 0)
  const wanted = characters[(31 - sum % 31) % 31] ?? ''
  return code.endsWith(wanted) ? null : { kind: 'check', wanted }
}
