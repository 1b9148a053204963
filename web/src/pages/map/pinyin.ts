// Letters of pinyin, whole or initials, as they are typed for Chinese names: `rmgc`, `renminguangchang`.
import { shallowRef, type ShallowRef } from 'vue'

import { plainly, type Matches } from './filter'

const isLetters = /^[a-z]+$/

/** How typed words are looked for: with pinyin once somebody has typed letters. Its table is fetched then. */
export function usePinyin(): { matches: ShallowRef<Matches>; need(typed: string): void } {
  const matches = shallowRef<Matches>(plainly)
  let asked = false
  async function load(): Promise<void> {
    const { default: pinyin } = await import('pinyin-match')
    matches.value = (text, word) => plainly(text, word) || (isLetters.test(word) && pinyin.match(text, word) !== false)
  }
  return {
    matches,
    need(typed) {
      if (asked || !/[a-z]/i.test(typed)) return
      asked = true
      // Without it Chinese words still find; the next letter tries again.
      load().catch(() => {
        asked = false
      })
    },
  }
}
