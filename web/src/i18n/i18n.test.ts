import { expect, test } from 'vitest'

import { language, switchLanguage, t as shared, tIfKnown } from '.'
import type { Messages } from './typed'

const dictionaries = Object.entries(import.meta.glob<Record<string, Messages>>('./*/{zh,en}.ts', { eager: true }))
const byName = (wanted: 'zh' | 'en'): Record<string, Messages> =>
  Object.fromEntries(dictionaries.flatMap(([path, { [wanted]: words }]) => (words ? [[path.split('/')[1], words]] : [])))

const pages = ['map', 'lot', 'registry', 'join', 'console', 'lots', 'providers', 'office', 'supervision', 'orders', 'rules', 'reports', 'about', 'open-data', 'reservation', 'driver', 'services', 'search', 'account', 'system']

const zh = byName('zh')
const en = byName('en')

const entries = (words: Messages): [key: string, text: string][] =>
  Object.entries(words).flatMap(([namespace, texts]) =>
    Object.entries(texts).map(([name, text]): [string, string] => [`${namespace}.${name}`, text]))

const blanks = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort()

test('every saying is there in both languages, with the same blanks', () => {
  expect(Object.keys(zh).length).toBeGreaterThan(1)
  for (const [name, words] of Object.entries(zh)) {
    const english = new Map(entries(en[name] ?? {}))
    expect([...english.keys()].sort(), name).toEqual(entries(words).map(([key]) => key).sort())
    for (const [key, text] of entries(words)) {
      expect(text.trim(), key).not.toBe('')
      expect(english.get(key)?.trim(), key).not.toBe('')
      expect(blanks(english.get(key) ?? ''), key).toEqual(blanks(text))
    }
  }
})

test('no dictionary writes over another’s words', () => {
  // The gateway's page and the city's are never loaded together.
  for (const left of ['edge', ...pages]) {
    const beside = Object.entries(zh).filter(([name]) => left === 'edge' ? name === 'shared' : name !== 'edge' && name !== left)
    const taken = new Set(beside.flatMap(([, words]) => Object.keys(words)))
    expect(Object.keys(zh[left] ?? {}).filter((namespace) => taken.has(namespace)), left).toEqual([])
  }
})

test('every saying is shown as it is written, with its blanks filled', async () => {
  const say = shared as (key: string, named: Record<string, string>) => string
  for (const name of ['edge', ...pages]) {
    await import(`./${name}/index.ts`)
    for (const dictionary of [zh, en]) {
      for (const [key, text] of entries(dictionary[name] ?? {})) {
        const named = Object.fromEntries(blanks(text).map((blank) => [blank.slice(1, -1), 'X']))
        const wanted = text.replace(/\{\w+\}/g, 'X').replace(/\{'(.)'\}/g, '$1')
        expect(say(key, named), key).toBe(wanted)
      }
      switchLanguage()
    }
  }
  expect(language.value).toBe('zh')
}, 30_000)

test('a code without words is shown as it came', () => {
  expect(tIfKnown('common', 'retry')).toBe('重试')
  expect(tIfKnown('common', 'not known here')).toBe('not known here')
})
