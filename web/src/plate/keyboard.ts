// What may stand where on a civil plate of GA 36, and what a press of a key, a paste or a step back makes of what was
// typed. Seven signs, or eight on a new-energy plate; no I and no O anywhere. Pure: `ui/PlateKeyboard.vue` draws it.

export type PlateLength = 7 | 8

/** Signs stand at their places, `''` where none was typed; the eighth is kept while a plate of seven is shown. */
export interface PlateEntry {
  readonly signs: readonly string[]
  /** The place that the next key is for; the length itself once every place was filled. */
  readonly cursor: number
  readonly length: PlateLength
}

export type KeyKind = 'province' | 'digit' | 'letter' | 'ending'

export interface KeyGroup {
  kind: KeyKind
  keys: readonly string[]
}

export const provinces = [...'京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼']
/** An embassy's plate begins with it, six digits follow. */
const embassy = '使'
const digits = [...'1234567890']
const letters = [...'ABCDEFGHJKLMNPQRSTUVWXYZ']
/** D, A, B, C, E stand for battery-electric, F, G, H, J, K for the other new energies. */
const energies = [...'ABCDEFGHJK']
export const endings = [...'学挂领试警港澳使']

const provincePlace = 0
const authorityPlace = 1
const smallCarPlace = 2
const secondPlace = 3
const longest = 8

export const emptyPlate: PlateEntry = { signs: new Array<string>(longest).fill(''), cursor: 0, length: 7 }

/** The keys for a place, by what else is on the plate. */
export function keysAt({ signs, length }: Pick<PlateEntry, 'signs' | 'length'>, place: number): KeyGroup[] {
  if (place === provincePlace) return [{ kind: 'province', keys: provinces }, ...(length === 7 ? [{ kind: 'ending', keys: [embassy] } as const] : [])]
  const digitKeys: KeyGroup = { kind: 'digit', keys: digits }
  if (signs[provincePlace] === embassy) return [digitKeys]
  if (place === authorityPlace) return [{ kind: 'letter', keys: letters }]
  const all: KeyGroup[] = [digitKeys, { kind: 'letter', keys: letters }]
  if (length === 7) return place === length - 1 ? [...all, { kind: 'ending', keys: endings }] : all
  const energyKeys: KeyGroup = { kind: 'letter', keys: energies }
  const small = signs[smallCarPlace] ?? ''
  if (place === smallCarPlace) return [digitKeys, energyKeys]
  if (place === secondPlace) return digits.includes(small) ? [digitKeys] : all
  if (place < length - 1) return [digitKeys]
  // The letter of a large car stands last, that of a small one third: one of the two.
  if (small === '') return [digitKeys, energyKeys]
  return digits.includes(small) ? [energyKeys] : [digitKeys]
}

export const keysFor = (entry: PlateEntry): KeyGroup[] => keysAt(entry, Math.min(entry.cursor, entry.length - 1))

const fits = (entry: Pick<PlateEntry, 'signs' | 'length'>, place: number, sign: string): boolean =>
  keysAt(entry, place).some(({ keys }) => keys.includes(sign))

/** The first place whose sign cannot stand there; null where there is none. */
export function misfit(entry: PlateEntry): number | null {
  const place = shownSigns(entry).findIndex((sign, n) => sign !== '' && !fits(entry, n, sign))
  return place < 0 ? null : place
}

export const shownSigns = ({ signs, length }: PlateEntry): string[] => signs.slice(0, length)

const firstOpen = (entry: PlateEntry): number => {
  const place = shownSigns(entry).findIndex((sign, n) => sign === '' || !fits(entry, n, sign))
  return place < 0 ? entry.length : place
}

/** The whole plate, `浙E12345`; null until every place has a sign that may stand there. */
export const plateOf = (entry: PlateEntry): string | null => firstOpen(entry) === entry.length ? shownSigns(entry).join('') : null

/** How many places have still to be filled. */
export const missing = (entry: PlateEntry): number => shownSigns(entry).filter((sign) => sign === '').length

const put = ({ signs, ...rest }: PlateEntry, place: number, sign: string): PlateEntry =>
  ({ ...rest, signs: signs.map((each, n) => n === place ? sign : each) })

/** A sign as the keys have it, from full width, small letters and the like. */
const plain = (text: string): string => text.normalize('NFKC').toUpperCase()

/** Puts a sign at the cursor and goes on; null where it cannot stand there. One more than seven makes a new-energy plate. */
export function press(entry: PlateEntry, typed: string): PlateEntry | null {
  const sign = plain(typed)
  if (entry.cursor === entry.length) {
    const longer = entry.length === 7 ? put({ ...entry, length: 8, cursor: 8 }, 7, sign) : null
    return longer && plateOf(longer) ? longer : null
  }
  if (!fits(entry, entry.cursor, sign)) return null
  const next = put(entry, entry.cursor, sign)
  return { ...next, cursor: nextPlace(next) }
}

/** The place after the cursor, or once the last was filled the first that is still open. */
function nextPlace(entry: PlateEntry): number {
  const after = entry.cursor + 1
  return after < entry.length ? after : firstOpen(entry)
}

/** Takes away the sign at the cursor, else the one before it. At the first place provinces are offered again. */
export function back(entry: PlateEntry): PlateEntry {
  const stands = entry.cursor < entry.length && entry.signs[entry.cursor] !== ''
  const place = stands ? entry.cursor : Math.max(0, entry.cursor - 1)
  return { ...put(entry, place, ''), cursor: place }
}

export const moveTo = (entry: PlateEntry, place: number): PlateEntry =>
  ({ ...entry, cursor: Math.min(Math.max(0, place), entry.length) })

/** Seven signs to eight or back. Nothing that was typed is lost: what cannot stand there any more is shown as such. */
export function switchLength(entry: PlateEntry): PlateEntry {
  const next: PlateEntry = { ...entry, length: entry.length === 7 ? 8 : 7 }
  return { ...next, cursor: firstOpen(next) }
}

const separators = /[\s·•・.\-_]/g
/** What goes on without a break from where a plate begins. */
const plateRun = new RegExp(`(?:[${provinces.join('')}][A-Z]|${embassy}\\d)[A-Z\\d]*[${endings.join('')}]?`)
/** A message with a plate in it, and no book. */
const pastedMax = 1_000

/** A plate wherever in a text it stands, or signs that go on from the cursor; null where neither is in it. */
export function paste(entry: PlateEntry, text: string): PlateEntry | null {
  const pasted = plain(text.slice(0, pastedMax)).replace(separators, '')
  const [plate] = plateRun.exec(pasted) ?? []
  const signs = [...plate ?? pasted]
  return signs.length > 0 && signs.length <= longest ? pressAll(plate ? emptyPlate : entry, signs) : null
}

function pressAll(entry: PlateEntry, signs: readonly string[]): PlateEntry | null {
  // Eight signs are read as such from the first on: what may stand where depends on it.
  const start: PlateEntry = entry.cursor === 0 && signs.length === longest ? { ...entry, length: 8 } : entry
  return signs.reduce<PlateEntry | null>((now, sign) => now && press(now, sign), start)
}

/** What stands in a form already. */
export const plateEntryOf = (plate: string): PlateEntry => paste(emptyPlate, plate) ?? emptyPlate
