// The list of refused reports, and what comes of trying one again.
import type { DeadLetter, Listed, Passage, Status } from './types'

/**
 * A fresh first page, laid over what is shown: it replaces the part of the list it covers, so that a
 * reader who has loaded later pages keeps them.
 */
export function overlay(shown: Listed<DeadLetter>, fresh: Listed<DeadLetter>): Listed<DeadLetter> {
  const first = fresh.items[0]
  const last = fresh.items.at(-1)
  if (fresh.next === null || !first || !last) return fresh
  const beyond = shown.items.filter(({ id }) => (first.id <= last.id ? id > last.id : id < last.id))
  return beyond.length === 0 ? fresh : { items: [...fresh.items, ...beyond], next: shown.next }
}

export function without(shown: Listed<DeadLetter>, id: number): Listed<DeadLetter> {
  return { ...shown, items: shown.items.filter((letter) => letter.id !== id) }
}

/**
 * `passed`: nothing waits any more and nothing was refused, but the answer itself was not seen.
 * `gone`: the letter was no longer there. `failed`: the gateway did not take the retry.
 */
export type Outcome = 'waiting' | 'delivered' | 'not-carried' | 'refused' | 'passed' | 'gone' | 'failed'

export interface Retry {
  id: number
  uplink: string
  /** What the gateway gave the report when it was put in the queue again. */
  seq: number
  /** This page's stopwatch when it was asked for. */
  sentMs: number
  outcome: Outcome
  why: string | null
}

/** All of this must have been asked for after the retry, the letters last. */
export interface News {
  status: Status
  passages: readonly Passage[]
  letters: Listed<DeadLetter>
}

export function follow(retry: Retry, { status, passages, letters }: News): Retry {
  // What was only concluded gives way to what is seen later.
  if (retry.outcome !== 'waiting' && retry.outcome !== 'passed') return retry
  const letter = letters.items.find(({ uplink, seq }) => uplink === retry.uplink && seq === retry.seq)
  if (letter) return { ...retry, outcome: 'refused', why: letter.why }
  const standing = passages.find(({ seq }) => seq === retry.seq)?.standing[retry.uplink]
  if (standing) return { ...retry, outcome: standing }
  const uplink = status.uplinks.find(({ name }) => name === retry.uplink)
  const idle = uplink !== undefined && uplink.backlog === 0 && uplink.in_flight === 0
  return idle && letters.next === null ? { ...retry, outcome: 'passed' } : retry
}

export type Mended = { report: object; changed: boolean } | { wrong: 'notObject' } | { wrong: 'notJson'; why: string }

export const written = (report: unknown): string => JSON.stringify(report, null, 2)

export function mendedFrom(text: string, original: unknown): Mended {
  let report: unknown
  try {
    report = JSON.parse(text)
  } catch (cause) {
    return { wrong: 'notJson', why: cause instanceof Error ? cause.message : String(cause) }
  }
  if (typeof report !== 'object' || report === null || Array.isArray(report)) return { wrong: 'notObject' }
  return { report, changed: JSON.stringify(report) !== JSON.stringify(original) }
}

/** The standard has no way to say it: no platform has seen it, and none has refused it. */
export const notSent = ({ code }: { code: string | null }): boolean => code === 'not sent'
