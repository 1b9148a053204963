import { onBeforeUnmount } from 'vue'

/** Runs now and then while the component lives, but not while the page is hidden. */
export function repeat(every: number, run: () => void): void {
  const timer = setInterval(() => {
    if (!document.hidden) run()
  }, every)
  onBeforeUnmount(() => clearInterval(timer))
}

/** Gathers many calls into one, made at most once in a while and never lost. */
export function atMost(every: number, run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let last = -Infinity
  onBeforeUnmount(() => clearTimeout(timer))
  return () => {
    if (timer !== undefined) return
    const wait = Math.max(0, last + every - performance.now())
    timer = setTimeout(() => {
      timer = undefined
      last = performance.now()
      run()
    }, wait)
  }
}
