import { expect, test } from 'vitest'

import { plateLook, plateParts } from './plate-kind'

test('the reported kind decides the look', () => {
  expect(plateLook('浙E12345', '02')).toBe('blue')
  expect(plateLook('浙E12345', '01')).toBe('yellow')
  expect(plateLook('浙ED12345', '52')).toBe('green')
  expect(plateLook('浙E12345D', '51')).toBe('yellow-green')
  expect(plateLook('无牌车', '41')).toBe('none')
})

test('eight signs are a new-energy plate, even if reported as a small or large car', () => {
  expect(plateLook('浙ED12345', '02')).toBe('green')
  expect(plateLook('浙E12345D', '01')).toBe('yellow-green')
})

test('without a kind the length tells new-energy plates, masked ones too', () => {
  expect(plateLook('浙E·**345', null)).toBe('blue')
  expect(plateLook('浙E·***345', null)).toBe('green')
  expect(plateLook(null, null)).toBe('none')
})

test('a plate is cut after the city letter', () => {
  expect(plateParts('浙E12345')).toEqual(['浙E', '12345'])
  expect(plateParts('浙E·**345')).toEqual(['浙E', '**345'])
  expect(plateParts('无牌车')).toEqual(['无牌车', ''])
})
