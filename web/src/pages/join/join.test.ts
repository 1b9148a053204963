import { expect, test } from 'vitest'

import type { Registration } from '../../api/office'
import { linkIn } from '../../api/registrations'
import { filesMax, sizeWords, sortFiles } from './files'
import { emptyRegistration, registrationOf, registrationValuesOf } from './registration-form'

test('a private link carries the registration and its secret behind "#"', () => {
  expect(linkIn('#REG20260001.a-B_9')).toEqual({ id: 'REG20260001', secret: 'a-B_9' })
  for (const hash of ['', '#', '#REG20260001', '#.secret', '#a.', '#a.b.c', '#a b.c', '#token=abc']) expect(linkIn(hash)).toBeNull()
})

test('files that the platform would refuse are told of before they are sent', () => {
  const file = (name: string, type: string, size = 10) => ({ name, type, size })
  const { good, fault } = sortFiles([file('a.pdf', 'application/pdf'), file('b.exe', 'application/x-msdownload'), file('c.png', 'image/png', 11 * 1024 * 1024)], 0)
  expect([good.map(({ name }) => name), fault]).toEqual([['a.pdf'], { kind: 'wrongType', name: 'b.exe' }])
  expect(sortFiles([file('c.png', 'image/png', 11 * 1024 * 1024)], 0).fault).toEqual({ kind: 'tooBig', name: 'c.png' })
  expect(sortFiles([file('d.jpg', 'image/jpeg')], filesMax)).toEqual({ good: [], fault: { kind: 'tooMany', n: filesMax } })
  expect([sizeWords(1), sizeWords(834211), sizeWords(1834211)]).toEqual(['1 KB', '815 KB', '1.7 MB'])
})

test('what is sent is what was typed, without blanks around it and without what was left empty', () => {
  const values = emptyRegistration()
  Object.assign(values, { name: ' 示范停车 ', credit_code: '9135 0100 m000100y43' })
  Object.assign(values.lots[0] ?? {}, { name: '一号场', spaces_total: '80', longitude: '120.1', latitude: '30.9' })
  expect(registrationOf(values)).toMatchObject({
    name: '示范停车', credit_code: '91350100M000100Y43', vendor: undefined, contact: { email: undefined },
    lots: [{ name: '一号场', spaces_total: 80, longitude: 120.1, datum: 'GCJ02', category: undefined }],
  })
  expect(registrationOf(values).lots[0]).not.toHaveProperty('gates')
})

test('a registration that is changed keeps its positions in the datum they were given in', () => {
  const form = registrationOf({ ...emptyRegistration(), name: 'a' })
  const told = { ...form, id: '1', state: 'asked', submitted_at: '', files: [], messages: [] } as Registration
  expect(registrationOf(registrationValuesOf(told))).toEqual(form)
})
