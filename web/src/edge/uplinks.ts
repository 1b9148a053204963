import type { Uplink } from './types'
import { language } from '../i18n'
import { t } from '../i18n/edge'

export type Tone = 'good' | 'warn' | 'alarm'

/** Past this the platforms' own rules on times begin to refuse reports. */
const driftMs = 60_000
/** A busy gate always has a report or two under way; only older ones are a backlog to speak of. */
const lateMs = 60_000

export type Shown = Uplink['state'] | 'catching-up'

/** Connected, but with old reports still to send, is not yet as it should be. */
export function shownState(uplink: Uplink, nowMs: number): Shown {
  if (uplink.state !== 'up' || uplink.backlog === 0 || !uplink.oldest_waiting) return uplink.state
  return nowMs - Date.parse(uplink.oldest_waiting) > lateMs ? 'catching-up' : 'up'
}

export function toneOf(shown: Shown): Tone {
  if (shown === 'up') return 'good'
  return shown === 'down' || shown === 'refused' ? 'alarm' : 'warn'
}

export const drifting = ({ clock }: Uplink): boolean => clock !== null && (clock.drifting || Math.abs(clock.offset_ms) > driftMs)

/** By its standard; the name from the settings is added where it says more. */
export function platformName({ name, standard, platform: called }: Pick<Uplink, 'name' | 'standard' | 'platform'>): string {
  const platform = called[language.value]
  return name === standard ? platform : t('platform.named', { platform, name })
}

export function platformCalled(uplinks: readonly Uplink[], name: string): string {
  const uplink = uplinks.find((one) => one.name === name)
  return uplink ? platformName(uplink) : name
}
