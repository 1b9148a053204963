import type { ReliefRules } from '../../../api/office'

/** The rules as a form holds them: numbers of an emptied field are text. */
export interface ReliefValues {
  minutes: string | number
  from_kwh: string | number
  once_a_day: boolean
}

export const reliefValuesOf = ({ charging_relief }: { charging_relief?: ReliefRules | null }): ReliefValues => ({
  minutes: charging_relief?.free_minutes_while_charging ?? 0, from_kwh: charging_relief?.from_kwh ?? '0', once_a_day: charging_relief?.once_a_day ?? true,
})

/** Without free minutes nothing is given, whatever the rest says. */
export const reliefOf = ({ minutes, from_kwh, once_a_day }: ReliefValues): ReliefRules =>
  ({ free_minutes_while_charging: Number(minutes), from_kwh: String(from_kwh), once_a_day })

export function isSameRelief(wanted: ReliefRules, now: ReliefRules | null | undefined): boolean {
  if (wanted.free_minutes_while_charging === 0 || !now) return wanted.free_minutes_while_charging === (now?.free_minutes_while_charging ?? 0)
  return wanted.free_minutes_while_charging === now.free_minutes_while_charging && Number(wanted.from_kwh) === Number(now.from_kwh) && wanted.once_a_day === now.once_a_day
}
