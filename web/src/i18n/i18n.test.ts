import { expect, test } from 'vitest'

import { en } from './en'
import { zh } from './zh'

const blanks = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort()

test('every saying has the same blanks in both languages', () => {
  for (const words of Object.keys(zh) as (keyof typeof zh)[]) {
    expect(blanks(en[words]), words).toEqual(blanks(zh[words]))
  }
})

test('nothing is left unsaid', () => {
  for (const dictionary of [zh, en]) {
    for (const [words, text] of Object.entries(dictionary)) expect(text.trim(), words).not.toBe('')
  }
})
