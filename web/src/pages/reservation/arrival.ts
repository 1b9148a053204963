import type { DriverRules, SpaceKind } from '../../api/reservations'
import { onCityClock } from '../../time/clock'

const minuteMs = 60_000
/** Drivers know their arrival no better. A city that lets them book days ahead is offered fewer times of an hour. */
const steps = [{ upTo: 12 * 60, minutes: 15 }, { upTo: 24 * 60, minutes: 30 }]
const longStep = 60
/** So many times are a list to choose from; two weeks of hours are more. */
const timesMax = 200

/** How far ahead a space of that kind is given. */
export const aheadOf = (rules: Pick<DriverRules, 'ahead_minutes' | 'charging_ahead_minutes'>, space: SpaceKind): number =>
  space === 'charging' ? rules.charging_ahead_minutes : rules.ahead_minutes

/** The times that may be chosen now, from the next quarter on; and with them one that was chosen before. */
export function arrivalTimes(now: number, ahead_minutes: number, chosen?: string): string[] {
  const step = (steps.find(({ upTo }) => ahead_minutes <= upTo)?.minutes ?? longStep) * minuteMs
  const last = now + ahead_minutes * minuteMs
  const times: number[] = chosen && Date.parse(chosen) > now ? [Date.parse(chosen)] : []
  for (let at = Math.floor(now / step) * step + step; at <= last && times.length < timesMax; at += step) {
    if (!times.includes(at)) times.push(at)
  }
  return times.sort((left, right) => left - right).map(onCityClock)
}

/** From when until when the gate lets in whoever arrives at that time. */
export const windowOf = (at: string, { early_minutes, keep_minutes }: Pick<DriverRules, 'early_minutes' | 'keep_minutes'>) => ({
  from: onCityClock(Date.parse(at) - early_minutes * minuteMs), until: onCityClock(Date.parse(at) + keep_minutes * minuteMs),
})
