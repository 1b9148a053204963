// What is wrong, in words: the worst first. Nothing here draws or asks anything.
import { figure, language, tIfKnown } from '../i18n'
import { t } from '../i18n/edge'
import { momentAt, offset } from './ages'
import type { Disk, Status, Uplink } from './types'
import { drifting, platformCalled, platformName, shownState, toneOf, type Tone } from './uplinks'

export interface Sentence {
  /** Tells one matter from another: read aloud anew only when it changes, not whenever a number does. */
  about: string
  tone: Tone
  text: string
  /** The part of the page that has more. */
  goes?: string
}

type Key = Parameters<typeof t>[0]

const ranks: Record<Tone, number> = { alarm: 0, warn: 1, good: 2 }

export function sentences(status: Status, nowMs: number): Sentence[] {
  const keeps = status.disk.state !== 'full' && status.disk.state !== 'failing'
  const wrong = [
    ...aboutDisk(status.disk),
    ...status.uplinks.flatMap((uplink) => aboutLink(uplink, nowMs, keeps)),
    ...aboutWarnings(status),
    ...status.uplinks.flatMap(aboutLetters),
  ]
  if (status.uplinks.length === 0) wrong.push({ about: 'none', tone: 'warn', text: t('head.noUplinks') })
  if (wrong.length === 0) return [{ about: 'good', tone: 'good', text: allWell(status.uplinks) }]
  return wrong.sort((a, b) => ranks[a.tone] - ranks[b.tone])
}

function allWell(uplinks: readonly Uplink[]): string {
  const [only] = uplinks
  return only && uplinks.length === 1
    ? t('head.goodOne', { platform: platformName(only) })
    : t('head.good', { n: uplinks.length })
}

const withWhy = (said: string, why: string | null): string => (why ? t('head.why', { said, why }) : said)

function aboutDisk({ state, why, damaged }: Disk): Sentence[] {
  const said: Sentence[] = []
  const troubles: Partial<Record<Disk['state'], [Tone, Key]>> = {
    'photos-going': ['warn', 'head.photosGoing'],
    'photos-refused': ['warn', 'head.photosRefused'],
    full: ['alarm', 'head.full'],
    failing: ['alarm', 'head.failing'],
  }
  const trouble = troubles[state]
  if (trouble) said.push({ about: `disk ${state}`, tone: trouble[0], text: withWhy(t(trouble[1]), why), goes: '#disk' })
  if (damaged > 0) {
    said.push({ about: 'damaged', tone: 'warn', text: t('head.damaged', { n: figure(damaged) }), goes: '#disk' })
  }
  return said
}

/** `keeps`: new records can be written down, so that a line being down loses nothing. */
function aboutLink(uplink: Uplink, nowMs: number, keeps: boolean): Sentence[] {
  const shown = shownState(uplink, nowMs)
  if (shown === 'up') return []
  const platform = platformName(uplink)
  const given = { n: figure(uplink.backlog), oldest: momentAt(uplink.oldest_waiting, nowMs) }
  const about = `${shown} ${uplink.name}`
  const tone = toneOf(shown)
  if (shown === 'catching-up') return [{ about, tone, text: t('head.catchingUp', { platform, ...given }) }]
  // Why an account is refused is for people to mend; why a line is down is in the platform's own place below.
  const state = withWhy(tIfKnown('head', uplink.setting ? 'setting' : shown, { platform }), shown === 'refused' ? uplink.why : null)
  const ending = uplink.backlog > 0 ? 'backlog' : 'noBacklog'
  const mend = uplink.mend?.[language.value] ?? t('head.mend')
  const text = uplink.backlog === 0 && (shown === 'starting' || !keeps)
    ? state
    : t(shown === 'refused' ? `head.${ending}Refused` : `head.${ending}`, { state, mend, ...given })
  return [{ about, tone, text }]
}

/** What the page says itself, in better words, is not said twice. */
const saidAbove = ({ code }: { code: string }): boolean => ['down', 'waiting', 'refused', 'damaged'].includes(code) || code.startsWith('disk-')

function aboutWarnings({ warnings, uplinks }: Status): Sentence[] {
  const said: Sentence[] = warnings.filter((warning) => !saidAbove(warning)).map((warning) => ({
    about: `${warning.code} ${warning.uplink ?? warning.camera ?? warning.file ?? ''}`, tone: 'warn', text: warning[language.value],
  }))
  // The gateway says so itself, as a rule; what it marks as drifting is never passed over.
  for (const uplink of uplinks) {
    const told = warnings.some(({ code, uplink: of }) => code === 'clock-drift' && of === uplink.name)
    if (told || !uplink.clock || !drifting(uplink)) continue
    const given = { platform: platformCalled(uplinks, uplink.name), span: offset(uplink.clock.offset_ms) }
    said.push({ about: `clock-drift ${uplink.name}`, tone: 'warn', text: t('head.drift', given) })
  }
  return said
}

function aboutLetters(uplink: Uplink): Sentence[] {
  const platform = platformName(uplink)
  const said = (about: string, text: string): Sentence => ({ about: `${about} ${uplink.name}`, tone: 'warn', text, goes: '#letters' })
  const refused = uplink.dead_letters - uplink.not_sent
  return [
    ...(refused > 0 ? [said('letters', t('head.letters', { platform, n: figure(refused) }))] : []),
    ...(uplink.not_sent > 0 ? [said('not-sent', t('head.notSent', { platform, n: figure(uplink.not_sent) }))] : []),
  ]
}
