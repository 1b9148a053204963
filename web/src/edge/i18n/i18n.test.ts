import { expect, test } from 'vitest'

import { en } from './en'
import { zh } from './zh'

const blanks = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort()

test('every saying is there in both languages, with the same blanks', () => {
  for (const words of Object.keys(zh) as (keyof typeof zh)[]) {
    expect(zh[words].trim(), words).not.toBe('')
    expect(en[words].trim(), words).not.toBe('')
    expect(blanks(en[words]), words).toEqual(blanks(zh[words]))
  }
})
