import { openStates, type Case, type CaseAction, type CaseState } from '../../../api/supervision'

type Acted = Pick<Case, 'state' | 'paused_until'>

const isOpen = (state: CaseState): boolean => openStates.includes(state)

/** What each act is for; the platform holds it too, the page only leaves out what would be refused. */
const actable: Record<CaseAction, (each: Acted, now: number) => boolean> = {
  file: ({ state }) => state === 'new',
  verify: ({ state }) => state === 'filed' || state === 'ordered',
  reject: ({ state }) => state === 'verifying',
  close: ({ state }) => state === 'filed' || state === 'ordered' || state === 'verifying',
  assign: ({ state }) => isOpen(state),
  pause: (each, now) => isOpen(each.state) && !isPaused(each, now),
  resume: isPaused,
  dismiss: ({ state }) => state === 'new' || state === 'filed',
  reopen: ({ state }) => !isOpen(state),
  comment: () => true,
}

export function isPaused({ paused_until }: Pick<Case, 'paused_until'>, now = Date.now()): boolean {
  return paused_until !== null && Date.parse(paused_until) > now
}

/** What may be done with all of them, in the order in which it is offered. */
export const actsOn = (cases: readonly Acted[], now = Date.now()): CaseAction[] =>
  cases.length === 0 ? [] : (Object.keys(actable) as CaseAction[]).filter((action) => cases.every((each) => actable[action](each, now)))

/** The step that takes them further, by one key; null where they do not all stand at the same. */
export const nextStep = (cases: readonly Acted[]): CaseAction | null =>
  actsOn(cases).find((action) => action === 'file' || action === 'close' || action === 'reopen') ?? null

/** A pause lasts no longer: what is hidden longer is dismissed, with a reason of its own. */
export const pauseDaysMax = 30
