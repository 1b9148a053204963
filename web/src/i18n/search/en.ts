import type { Like } from '../typed'
import type { zh } from './zh'

export const en: Like<typeof zh> = {
  search: {
    label: 'Find lots, providers, registrations and records',
    placeholder: 'Find lots, providers, records',
    lots: 'Lots',
    providers: 'Providers',
    registrations: 'Registrations',
    records: 'Sessions',
    nothing: 'Nothing found. Plates are looked for on a lot’s page.',
    failed: 'It cannot be searched just now; please try again.',
  },
}
