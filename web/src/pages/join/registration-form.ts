import type { Registration, RegistrationForm } from '../../api/office'
import { creditCodeIn } from '../../parking/credit-code'
import { emptyLot, lotBaseOf, lotValuesOf, type LotValues } from '../../parking/lot-form'
import type { OfficeLot } from '../../api/office'

/** A registration as it stands in the page's fields. */
export interface RegistrationValues {
  name: string
  credit_code: string
  contact: { name: string; phone: string; email: string }
  address: string
  standards: string[]
  vendor: string
  note: string
  lots: LotValues[]
}

export const emptyRegistration = (): RegistrationValues => ({
  name: '', credit_code: '', contact: { name: '', phone: '', email: '' }, address: '', standards: [], vendor: '', note: '', lots: [emptyLot()],
})

export const registrationValuesOf = (told: Registration): RegistrationValues => ({
  name: told.name, credit_code: told.credit_code, contact: { ...told.contact, email: told.contact.email ?? '' }, address: told.address,
  standards: [...told.standards], vendor: told.vendor ?? '', note: told.note ?? '',
  // Here a position stays in the datum it was given in.
  lots: told.lots.map((lot) => ({ ...lotValuesOf({ ...lot, gates: [] } as unknown as OfficeLot), datum: lot.datum })),
})

export function registrationOf(values: RegistrationValues): RegistrationForm {
  const { name, phone, email } = values.contact
  return {
    name: values.name.trim(), credit_code: creditCodeIn(values.credit_code),
    contact: { name: name.trim(), phone: phone.trim(), email: email.trim() || undefined }, address: values.address.trim(),
    standards: values.standards, vendor: values.vendor.trim() || undefined, note: values.note.trim() || undefined,
    lots: values.lots.map((lot) => {
      const { name, kind, category, district, address, longitude, latitude, datum, spaces_total, charging_spaces, accessible_spaces, tariff, hours } = lotBaseOf(lot)
      return {
        name, kind, category: category ?? undefined, district, address, longitude, latitude, datum, spaces_total, charging_spaces,
        accessible_spaces, tariff, hours,
      }
    }),
  }
}
