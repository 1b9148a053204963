import { expect, test } from 'vitest'

import { catalogOf } from '../../api/open-data'
import { broken, commandOf, runExample, shownBytesMax } from './example'

test('the catalogue is read as far as the page shows it', () => {
  const words = [{ '@language': 'zh', '@value': '表格' }, { '@language': 'en', '@value': 'Table' }]
  const media = 'https://www.iana.org/assignments/media-types/text/csv'
  const distribution = {
    'dct:title': words, 'dcat:accessURL': { '@id': 'https://parking.example/open/v1/lots.csv?a=b' }, 'dcat:mediaType': { '@id': media },
    'dct:conformsTo': { '@id': 'https://www.rfc-editor.org/rfc/rfc4180' }, 'dct:modified': { '@type': 'xsd:dateTime', '@value': '2026-04-01T08:00:00+08:00' },
  }
  const relative = { ...distribution, 'dcat:accessURL': { '@id': '/open/v1/stream' }, 'dct:modified': undefined }
  const dataset = { 'dcat:distribution': [distribution, relative], 'dcat:contactPoint': { 'vcard:hasEmail': { '@id': 'mailto:a@b.example' } } }
  const catalog = catalogOf({ 'dct:publisher': { 'foaf:name': '湖州市' }, 'dcat:dataset': [dataset] })
  expect(catalog).toMatchObject({ publisher: '湖州市', licence: undefined, contact: 'mailto:a@b.example' })
  expect(catalog.files[0]).toEqual({
    title: { zh: '表格', en: 'Table' }, path: '/open/v1/lots.csv?a=b', mediaType: 'text/csv',
    specification: 'https://www.rfc-editor.org/rfc/rfc4180', modified: '2026-04-01T08:00:00+08:00',
  })
  expect(catalog.files[1]).toMatchObject({ path: '/open/v1/stream', modified: undefined })
})

test('an example shows the beginning of what was answered, and hangs up', async () => {
  const answer = new Response('x'.repeat(shownBytesMax * 3), { headers: { 'Content-Type': 'text/csv; charset=utf-8', ETag: 'W/"1"' } })
  let signal: AbortSignal | null | undefined
  globalThis.fetch = (_, asked) => {
    signal = asked?.signal
    return Promise.resolve(answer)
  }
  const example = await runExample('/open/v1/lots.csv')
  expect(example).toMatchObject({ status: 200, mediaType: 'text/csv', isWhole: false })
  expect(example.text).toHaveLength(shownBytesMax)
  expect(example.headers).toContainEqual(['ETag', 'W/"1"'])
  expect(signal?.aborted).toBe(true)
})

test('files for machines get line breaks for readers', () => {
  expect(broken('<a><b>1</b><c/></a>', 'application/xml')).toBe('<a>\n<b>1</b>\n<c/>\n</a>')
  expect(broken('[{"a":1,"b":"x,y"},{"a":2}]', 'application/json')).toBe('[\n{"a":1,\n"b":"x,y"},\n{"a":2}]')
  expect(broken('a,b\n1,2\n', 'text/csv')).toBe('a,b\n1,2\n')
})

test('the command is one that a shell takes', () => {
  expect(commandOf('/open/v1/lots.csv', 'http://h')).toBe('curl -s --compressed http://h/open/v1/lots.csv')
  expect(commandOf('/e?type=X', 'http://h')).toBe('curl -s --compressed \'http://h/e?type=X\'')
})
