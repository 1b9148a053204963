import { QueryClient } from '@tanstack/vue-query'
import { expect, test } from 'vitest'
import { effectScope } from 'vue'

import { useForm } from './form'
import { problemFrom } from './problem'

const moment = () => new Promise((resolve) => setTimeout(resolve, 5))

function formThat(send: (values: { name: string; spaces: number }) => Promise<string>, done?: (answer: string) => void) {
  const client = new QueryClient()
  const form = effectScope().run(() => useForm({ name: '', spaces: 0 }, { send, changes: [['lots']], done }, client))
  if (!form) throw new Error('the scope did not run')
  return { ...form, client }
}

const refusal = problemFrom(422, {
  title: 'Unprocessable Content', detail: 'two fields do not fit',
  errors: [{ pointer: '#/name', detail: 'name：应有名称' }, { pointer: '#/spaces', detail: 'spaces：应大于 0' }],
})

test('a refusal is told at the fields that it names, and what was typed stays', async () => {
  const form = formThat(() => Promise.reject(refusal))
  form.values.name = '人民广场'
  form.submit()
  await moment()
  expect([form.problemOf('name'), form.problemOf('spaces')]).toEqual(['name：应有名称', 'spaces：应大于 0'])
  expect(form.problem.value).toBeNull()
  expect(form.values.name).toBe('人民广场')
})

test('a problem of no field, or of one that the form lacks, is told above it', async () => {
  const lost = formThat(() => Promise.reject(new TypeError('Failed to fetch')))
  lost.submit()
  await moment()
  expect([lost.problem.value?.status, lost.problemOf('name')]).toEqual([0, undefined])
  const elsewhere = formThat(() => Promise.reject(problemFrom(422, { title: 'No', errors: [{ pointer: '#/other', detail: 'x' }] })))
  elsewhere.submit()
  await moment()
  expect(elsewhere.problem.value?.status).toBe(422)
})

test('what is sent out of other fields is told at these too, to its full depth', async () => {
  const deep = problemFrom(422, { title: 'No', errors: [{ pointer: '#/lots/1/name', detail: '应有名称' }, { pointer: '/district', detail: '应为六位' }] })
  const made = (fields: string[]) => effectScope().run(() => useForm({ lots: [{}, {}] }, { send: () => Promise.reject(deep), fields }, new QueryClient()))
  const [form, without] = [made(['district']), made([])]
  form?.submit()
  without?.submit()
  await moment()
  expect([form?.problemAt('lots/1/name'), form?.problemAt('lots/0/name'), form?.problemAt('district')]).toEqual(['应有名称', undefined, '应为六位'])
  expect([form?.problem.value, without?.problem.value?.status]).toEqual([null, 422])
})

test('what went through is sent once, and what it changes is read anew', async () => {
  const sent: object[] = []
  const answers: string[] = []
  const form = formThat(async (values) => {
    sent.push(values)
    await moment()
    return 'taken'
  }, (answer) => answers.push(answer))
  form.client.setQueryData(['lots'], 'old')
  form.values.spaces = 12
  form.submit()
  await Promise.resolve()
  form.submit()
  await moment()
  await moment()
  await moment()
  expect(sent).toEqual([{ name: '', spaces: 12 }])
  expect(answers).toEqual(['taken'])
  expect(form.client.getQueryState(['lots'])?.isInvalidated).toBe(true)
})
