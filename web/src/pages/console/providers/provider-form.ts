import type { Provider, ProviderBase, ProviderChange } from '../../../api/office'
import { dayBegins, dayOf } from '../../../time/clock'

export interface ProviderValues extends ProviderBase {
  notified_at: string
}

export const emptyProvider = (): ProviderValues => ({ name: '', contact: '', credit_code: '', address: '', phone: '', notified_at: '' })

export const providerValuesOf = (provider: Provider): ProviderValues => ({
  name: provider.name, contact: provider.contact ?? '', credit_code: provider.credit_code ?? '', address: provider.address ?? '',
  phone: provider.phone ?? '', notified_at: provider.notified_at ? dayOf(provider.notified_at) : '',
})

/** What differs from the form as it was opened; a date is sent as the beginning of its day. */
export function providerChanges(former: ProviderValues, wanted: ProviderValues): ProviderChange {
  const { notified_at, ...base } = wanted
  const changed = Object.entries(base).map(([field, value]) => [field, value.trim()] as const)
    .filter(([field, value]) => value !== former[field as keyof ProviderBase])
  return { ...Object.fromEntries(changed), ...(notified_at !== former.notified_at ? { notified_at: dayBegins(notified_at) } : {}) }
}
