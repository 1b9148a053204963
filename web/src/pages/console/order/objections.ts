import type { OrderEntry } from '../../../api/orders'

export interface Attached {
  name: string
  sha256: string
  bytes: number
}

export interface ObjectedFinding {
  finding: number
  /** Null while nobody has decided. */
  decision: { at: string; by: string; sustained: boolean; reason: string } | null
}

export interface Objection {
  number: number
  at: string
  by: string
  reason: string
  attachments: Attached[]
  findings: ObjectedFinding[]
}

export interface Answer {
  at: string
  by: string
  text: string
  attachments: Attached[]
}

type Done = Record<string, unknown>

/** What the log says of an action: the document calls it an object, and its parts are read one by one. */
export const doneIn = (entry: Pick<OrderEntry, 'done'>): Done => entry.done as Done
export const textIn = (done: Done, name: string): string => typeof done[name] === 'string' ? done[name] : ''
export const numbersIn = (done: Done, name: string): number[] =>
  Array.isArray(done[name]) ? done[name].filter((each): each is number => typeof each === 'number') : []
export const attachedIn = (done: Done): Attached[] =>
  Array.isArray(done.attachments) ? done.attachments.filter((each): each is Attached => typeof (each as Attached | null)?.name === 'string') : []

/** The objections with what was decided on each finding, as the log has them: numbered in their order from 1. */
export function objectionsOf(log: readonly OrderEntry[]): Objection[] {
  const objections: Objection[] = []
  for (const entry of log) {
    const done = doneIn(entry)
    const { at, by } = entry
    if (entry.action === 'object') {
      objections.push({
        number: objections.length + 1, at, by, reason: textIn(done, 'reason'), attachments: attachedIn(done),
        findings: numbersIn(done, 'findings').map((finding) => ({ finding, decision: null })),
      })
    }
    if (entry.action === 'decide') {
      const chosen = numbersIn(done, 'findings')
      const decision = { at, by, sustained: done.sustained === true, reason: textIn(done, 'reason') }
      for (const objected of objections.find(({ number }) => number === done.objection)?.findings ?? []) {
        // Without findings: all of it that was undecided then.
        if (!objected.decision && (chosen.length === 0 || chosen.includes(objected.finding))) objected.decision = decision
      }
    }
  }
  return objections
}

export const undecidedOf = (objection: Objection): number[] => objection.findings.filter(({ decision }) => !decision).map(({ finding }) => finding)

export const answersOf = (log: readonly OrderEntry[]): Answer[] => log.filter(({ action }) => action === 'answer')
  .map((entry) => ({ at: entry.at, by: entry.by, text: textIn(doneIn(entry), 'text'), attachments: attachedIn(doneIn(entry)) }))

/** The request for more time that waits: until when and why. */
export function extensionAskedIn(log: readonly OrderEntry[]): { due_at: string; reason: string; by: string; at: string } | null {
  const last = log.findLast(({ action }) => action === 'ask-extension' || action === 'extend' || action === 'refuse-extension')
  if (last?.action !== 'ask-extension') return null
  return { due_at: textIn(doneIn(last), 'due_at'), reason: textIn(doneIn(last), 'reason'), by: last.by, at: last.at }
}

/** What has followed already: nothing milder follows it. */
export const escalatedTo = (log: readonly OrderEntry[]): string | null =>
  textIn(doneIn(log.findLast(({ action }) => action === 'escalate') ?? { done: {} as never }), 'to') || null
