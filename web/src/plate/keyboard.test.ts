import { expect, test } from 'vitest'

import { back, emptyPlate, keysAt, keysFor, missing, misfit, moveTo, paste, plateEntryOf, plateOf, press, shownSigns, switchLength, type PlateEntry } from './keyboard'

const type = (text: string, from: PlateEntry = emptyPlate): PlateEntry =>
  [...text].reduce((entry, sign) => {
    const next = press(entry, sign)
    if (!next) throw new Error(`${sign} is refused in ${text}`)
    return next
  }, from)
const offered = (entry: PlateEntry): string => keysFor(entry).flatMap(({ keys }) => keys).join('')
const kinds = (entry: PlateEntry): string[] => keysFor(entry).map(({ kind }) => kind)
const shown = (entry: PlateEntry): string => shownSigns(entry).map((sign) => sign || '_').join('')

test('a province comes first, then a letter, then digits and letters', () => {
  expect(offered(emptyPlate)).toBe('京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使')
  expect(offered(type('浙'))).toBe('ABCDEFGHJKLMNPQRSTUVWXYZ')
  expect(kinds(type('浙E'))).toEqual(['digit', 'letter'])
  expect(plateOf(type('浙E12345'))).toBe('浙E12345')
  expect(plateOf(type('粤BLMN56'))).toBe('粤BLMN56')
})

test('no key is an I or an O, at no place and no length', () => {
  for (const length of [7, 8] as const) {
    for (let place = 0; place < length; place += 1) {
      const keys = keysAt({ signs: emptyPlate.signs, length }, place).flatMap((group) => group.keys)
      expect(keys).not.toContain('I')
      expect(keys).not.toContain('O')
    }
  }
  expect(press(type('浙'), 'I')).toBeNull()
  expect(press(type('浙E1'), 'o')).toBeNull()
})

test('the last of seven may be an ending, and no other place', () => {
  for (const ending of '学挂领试警港澳使') expect(plateOf(type(`浙E1234${ending}`))).toBe(`浙E1234${ending}`)
  expect(press(type('浙E123'), '学')).toBeNull()
  expect(kinds(type('浙E1234'))).toEqual(['digit', 'letter', 'ending'])
  expect(kinds(moveTo(switchLength(type('浙E1234')), 7))).not.toContain('ending')
})

test('a small new-energy car carries its letter third, a large one last, and more letters than D and F', () => {
  for (const plate of ['浙ED12345', '浙EF12345', '浙EA12345', '浙EDA2345', '浙EK12345', '浙E12345D', '浙E12345F', '浙E12345G']) {
    expect(plateOf(type(plate, switchLength(emptyPlate))), plate).toBe(plate)
  }
  const eight = switchLength(emptyPlate)
  expect(offered(type('浙E', eight))).toBe('1234567890ABCDEFGHJK')
  expect(offered(type('浙ED1234', eight))).toBe('1234567890')
  expect(offered(type('浙E12345', eight))).toBe('ABCDEFGHJK')
  expect(kinds(type('浙E1', eight))).toEqual(['digit'])
  expect(press(type('浙E', eight), 'Z')).toBeNull()
})

test('an eighth sign makes a new-energy plate of seven, where it can be one', () => {
  expect(plateOf(type('浙ED12345'))).toBe('浙ED12345')
  expect(type('浙ED12345').length).toBe(8)
  expect(press(type('浙E12345'), '6')).toBeNull()
  expect(plateOf(type('浙E12345D'))).toBe('浙E12345D')
})

test('switching between seven and eight keeps what was typed', () => {
  const seven = type('浙ED1234')
  const eight = switchLength(seven)
  expect(shown(eight)).toBe('浙ED1234_')
  expect(eight.cursor).toBe(7)
  expect(plateOf(eight)).toBeNull()
  const whole = type('5', eight)
  expect(plateOf(whole)).toBe('浙ED12345')
  expect(plateOf(switchLength(whole))).toBe('浙ED1234')
  expect(plateOf(switchLength(switchLength(whole)))).toBe('浙ED12345')
})

test('what cannot stand there in the other length is shown as such and is not lost', () => {
  const eight = switchLength(type('浙E1234学'))
  expect(shown(eight)).toBe('浙E1234学_')
  expect(misfit(eight)).toBe(6)
  expect(eight.cursor).toBe(6)
  expect(plateOf(switchLength(eight))).toBe('浙E1234学')
})

test('going back takes one sign at a time, and at the first place offers provinces again', () => {
  let entry = type('浙E12')
  for (const left of ['浙E1____', '浙E_____', '浙______', '_______']) {
    entry = back(entry)
    expect(shown(entry)).toBe(left)
  }
  expect(kinds(entry)).toContain('province')
  expect(back(entry)).toEqual(entry)
})

test('a place that is gone back to is typed over, and the rest stays', () => {
  const entry = type('浙E12345')
  expect(plateOf(type('苏', moveTo(entry, 0)))).toBe('苏E12345')
  const hole = back(moveTo(entry, 3))
  expect(shown(hole)).toBe('浙E1_345')
  expect(missing(hole)).toBe(1)
  expect(plateOf(type('9', hole))).toBe('浙E19345')
})

test('once the last place is filled the cursor goes to what was left out', () => {
  const entry = moveTo(type('浙E1'), 6)
  const next = type('5', entry)
  expect(shown(next)).toBe('浙E1___5')
  expect(next.cursor).toBe(3)
})

test('an embassy’s plate has 使 before six digits', () => {
  expect(plateOf(type('使014578'))).toBe('使014578')
  expect(offered(type('使01'))).toBe('1234567890')
})

test('small and full-width letters are the same signs', () => {
  expect(plateOf(type('浙e1234a'))).toBe('浙E1234A')
  expect(plateOf(paste(emptyPlate, '浙Ｅ·１２３４５')!)).toBe('浙E12345')
})

test('a plate is pasted wherever it stands in the text', () => {
  for (const [text, plate] of [
    ['浙E12345', '浙E12345'], [' 浙E·12345 ', '浙E12345'], ['浙ed12345', '浙ED12345'], ['车牌：粤B·D12345，请登记', '粤BD12345'],
    ['浙E1234学', '浙E1234学'], ['使014578', '使014578'], ['车牌 浙E12345 明天来', '浙E12345'],
  ] as const) {
    expect(plateOf(paste(type('苏A9'), text) ?? emptyPlate), text).toBe(plate)
  }
})

test('the beginning of a plate may be pasted, and what goes on from the cursor', () => {
  expect(shown(paste(emptyPlate, '浙E12')!)).toBe('浙E12___')
  expect(plateOf(paste(type('浙E'), '12345')!)).toBe('浙E12345')
})

test('what is no plate is not pasted, and what stands there stays', () => {
  for (const text of ['', '   ', '你好', '浙EO1234', '浙I12345', '浙E1234567', 'https://example.org/a', 'x'.repeat(100_000)]) {
    expect(paste(type('浙'), text), text.slice(0, 20)).toBeNull()
  }
})

test('a plate that a form has already is read', () => {
  expect(plateOf(plateEntryOf('浙ED12345'))).toBe('浙ED12345')
  expect(plateEntryOf('')).toEqual(emptyPlate)
})
