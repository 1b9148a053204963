// What the page knows of the gateway, kept up to date while the page lives.
import { computed, onBeforeUnmount, ref, shallowRef, watch } from 'vue'

import { problemOf, type ApiProblem } from '../api/problem'
import { token } from '../api/token'
import { gatewayTime, type Heard } from './ages'
import { closeLetter, fetchLetters, fetchPassages, fetchStatus, retryLetter } from './api'
import { see, type Seen } from './backlog'
import { follow, overlay, without, type Retry } from './letters'
import type { DeadLetter, Listed, Passage, Status } from './types'

const pollMs = 2_000
const tickMs = 1_000
/** The status counts the refused reports, so their list is asked for when the count changes, and now and then besides. */
const lettersEveryMs = 15_000
/** A reader remembers no more than that. */
const retriesKept = 20

export type Gateway = ReturnType<typeof useGateway>

export function useGateway() {
  const status = shallowRef<Status | null>(null)
  const passages = shallowRef<readonly Passage[] | null>(null)
  const letters = shallowRef<Listed<DeadLetter> | null>(null)
  const seen = shallowRef<Record<string, Seen>>({})
  const retries = shallowRef<readonly Retry[]>([])
  const problem = shallowRef<ApiProblem | null>(null)
  const lettersProblem = shallowRef<ApiProblem | null>(null)
  const heard = shallowRef<Heard | null>(null)
  const stopwatch = ref(performance.now())

  const needsToken = computed(() => problem.value?.status === 401 && token.value === null)
  const lost = computed(() => problem.value !== null && !needsToken.value)
  const now = computed(() => (heard.value ? gatewayTime(heard.value, stopwatch.value) : Date.now()))
  const sinceHeardMs = computed(() => (heard.value ? stopwatch.value - heard.value.receivedMs : 0))

  let busy = false
  let again = false
  let lettersAsOf = ''
  let lettersAtMs = -Infinity

  async function poll(): Promise<void> {
    if (needsToken.value) return
    if (busy) {
      again = true
      return
    }
    busy = true
    again = false
    const beganMs = performance.now()
    try {
      const [fresh, listed] = await Promise.all([fetchStatus(), fetchPassages()])
      take(fresh, listed.items)
      await readLetters(fresh, beganMs)
      problem.value = null
    } catch (cause) {
      problem.value = problemOf(cause)
    } finally {
      stopwatch.value = performance.now()
      busy = false
    }
    if (again) void poll()
  }

  function take(fresh: Status, listed: readonly Passage[]): void {
    const receivedMs = performance.now()
    status.value = fresh
    passages.value = listed
    heard.value = { gatewayMs: Date.parse(fresh.now), receivedMs }
    seen.value = Object.fromEntries(
      fresh.uplinks.map(({ name, backlog }) => [name, see(seen.value[name], backlog, receivedMs)]),
    )
  }

  async function readLetters(fresh: Status, beganMs: number): Promise<void> {
    const open = retries.value.filter(({ outcome, sentMs }) => outcome === 'waiting' && sentMs < beganMs)
    const asOf = fresh.uplinks.map(({ name, dead_letters }) => `${name} ${dead_letters}`).join()
    if (open.length === 0 && asOf === lettersAsOf && beganMs - lettersAtMs < lettersEveryMs) return
    try {
      const page = await fetchLetters()
      // What was asked for before a retry may still list what has gone since.
      if (retries.value.some(({ sentMs }) => sentMs >= beganMs)) return
      letters.value = letters.value ? overlay(letters.value, page) : page
      lettersProblem.value = null
      lettersAsOf = asOf
      lettersAtMs = beganMs
      const news = { status: fresh, passages: passages.value ?? [], letters: page }
      retries.value = retries.value.map((retry) => follow(retry, news))
    } catch (cause) {
      lettersProblem.value = problemOf(cause)
    }
  }

  async function moreLetters(): Promise<void> {
    const shown = letters.value
    if (shown?.next == null) return
    try {
      const page = await fetchLetters(shown.next)
      const known = new Set(letters.value?.items.map(({ id }) => id))
      const added = page.items.filter(({ id }) => !known.has(id))
      letters.value = { items: [...(letters.value?.items ?? []), ...added], next: page.next }
      lettersProblem.value = null
    } catch (cause) {
      lettersProblem.value = problemOf(cause)
    }
  }

  /** Throws what the gateway says against it, but for a letter that is gone: that is an outcome. */
  async function retry(letter: DeadLetter, mended?: object): Promise<void> {
    const base = { id: letter.id, uplink: letter.uplink, seq: 0, why: null }
    try {
      const { seq } = await retryLetter(letter.id, mended)
      note({ ...base, seq, sentMs: performance.now(), outcome: 'waiting' })
    } catch (cause) {
      const refusal = problemOf(cause)
      if (refusal.status !== 404) throw refusal
      note({ ...base, sentMs: performance.now(), outcome: 'gone' })
    }
    if (letters.value) letters.value = without(letters.value, letter.id)
    void poll()
  }

  /** Throws what the gateway says against it, but for a letter that is gone. */
  async function close(letter: DeadLetter, reason: string): Promise<void> {
    try {
      await closeLetter(letter.id, reason)
    } catch (cause) {
      const refusal = problemOf(cause)
      if (refusal.status !== 404) throw refusal
    }
    if (letters.value) letters.value = without(letters.value, letter.id)
    void poll()
  }

  function note(retry: Retry): void {
    retries.value = [retry, ...retries.value.filter(({ id }) => id !== retry.id)].slice(0, retriesKept)
  }

  function forgetRetry(id: number): void {
    retries.value = retries.value.filter((retry) => retry.id !== id)
  }

  const polling = setInterval(() => void poll(), pollMs)
  const ticking = setInterval(() => {
    stopwatch.value = performance.now()
  }, tickMs)
  // A browser slows down a hidden page's timers; whoever comes back to it sees how things are now.
  const shown = (): void => void poll()
  document.addEventListener('visibilitychange', shown)
  onBeforeUnmount(() => {
    clearInterval(polling)
    clearInterval(ticking)
    document.removeEventListener('visibilitychange', shown)
  })
  watch(token, (given) => {
    if (!given) return
    // What was said to the last token says nothing of this one.
    if (problem.value?.status === 401) problem.value = null
    void poll()
  })
  void poll()

  return {
    status, passages, letters, seen, retries, problem, lettersProblem,
    needsToken, lost, now, sinceHeardMs, poll, moreLetters, retry, close, note, forgetRetry,
  }
}
