import { lotCategories, type Datum, type Gate, type LotBase, type OfficeLot } from '../api/office'
import type { LotKind } from '../api/types'

/** A lot's base data as it stands in a form's fields: numbers are text until they are sent. */
export interface LotValues {
  name: string
  kind: LotKind
  district: string
  address: string
  longitude: string
  latitude: string
  datum: Datum
  spaces_total: string
  charging_spaces: string
  accessible_spaces: string
  tariff: string
  hours: string
  category: string
  gates: Gate[]
}

export const emptyLot = (): LotValues => ({
  name: '', kind: 'off-street', district: '', address: '', longitude: '', latitude: '', datum: 'GCJ02', spaces_total: '', charging_spaces: '',
  accessible_spaces: '', tariff: '', hours: '', category: '', gates: [],
})

/** What the platform may name of it. */
export const lotFields = Object.keys(emptyLot())

const said = (number: number | null | undefined): string => number == null ? '' : String(number)

/** What the platform tells of positions is WGS 84, whatever they were given in. */
export const lotValuesOf = (lot: OfficeLot): LotValues => ({
  name: lot.name, kind: lot.kind, district: lot.district, address: lot.address, longitude: said(lot.longitude), latitude: said(lot.latitude),
  datum: 'WGS84', spaces_total: said(lot.spaces_total), charging_spaces: said(lot.charging_spaces),
  accessible_spaces: said(lot.accessible_spaces), tariff: lot.tariff ?? '', hours: lot.hours ?? '', category: lot.category ?? '',
  gates: (lot.gates ?? []).map((gate) => ({ ...gate })),
})

/** Empty is none, and what is no number is left to the platform to refuse at its field. */
export function numberIn(text: string | number): number | null {
  const typed = String(text).trim()
  return typed === '' ? null : Number(typed)
}

export function lotBaseOf(values: LotValues): LotBase {
  const { kind, district, datum, category } = values
  return {
    name: values.name.trim(), kind, district: district.trim(), address: values.address.trim(), longitude: numberIn(values.longitude),
    latitude: numberIn(values.latitude), datum, spaces_total: numberIn(values.spaces_total) ?? 0,
    charging_spaces: numberIn(values.charging_spaces) ?? 0, accessible_spaces: numberIn(values.accessible_spaces) ?? 0,
    tariff: values.tariff.trim(), hours: values.hours.trim(), category: lotCategories[kind].includes(category) ? category : null,
    gates: values.gates.map(({ name, direction }) => ({ name: name.trim(), direction })).filter(({ name }) => name),
  }
}

/** The position is one thing: its three fields are changed together or not at all. */
const position = ['longitude', 'latitude', 'datum'] as const

/** What differs from the lot as it was when the form was opened: nothing else is sent, so nothing else is overwritten. */
export function changesOf(former: LotBase, wanted: LotBase): Partial<LotBase> {
  const differs = (field: keyof LotBase): boolean => JSON.stringify(former[field]) !== JSON.stringify(wanted[field])
  const moved = differs('longitude') || differs('latitude')
  const fields = (Object.keys(wanted) as (keyof LotBase)[]).filter((field) =>
    position.some((each) => each === field) ? moved : differs(field))
  return Object.fromEntries(fields.map((field) => [field, wanted[field]]))
}
