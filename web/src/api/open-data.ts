// The catalogue of the open data, which is DCAT-AP in JSON-LD: of that as much as the page shows.
import { queryOptions } from '@tanstack/vue-query'

import { answerOf, client } from './client'
import { openKey } from './queries'

interface Words { '@language': string; '@value': string }
interface Iri { '@id': string }

interface CatalogDocument {
  'dct:publisher': { 'foaf:name': string }
  'dct:license'?: Iri
  'dcat:dataset': {
    'dcat:contactPoint'?: { 'vcard:hasEmail'?: Iri; 'vcard:hasURL'?: Iri }
    'dcat:distribution': {
      'dct:title': Words[]
      'dcat:accessURL': Iri
      'dcat:mediaType': Iri
      'dct:conformsTo': Iri
      'dct:modified'?: { '@value': string }
    }[]
  }[]
}

/** A way to the data. */
export interface OpenFile {
  title: { zh: string; en: string }
  /** On this platform, whatever address the public reaches it under. */
  path: string
  mediaType: string
  specification: string
  /** When its content last changed; undefined where it is made at each request. */
  modified?: string
}

export interface Catalog {
  publisher: string
  licence?: string
  contact?: string
  files: OpenFile[]
}

const inLanguage = (words: Words[], wanted: string): string => words.find((one) => one['@language'] === wanted)?.['@value'] ?? ''

export function catalogOf(document: unknown): Catalog {
  const catalog = document as CatalogDocument
  const [dataset] = catalog['dcat:dataset']
  const contact = dataset?.['dcat:contactPoint']
  return {
    publisher: catalog['dct:publisher']['foaf:name'],
    licence: catalog['dct:license']?.['@id'],
    contact: (contact?.['vcard:hasEmail'] ?? contact?.['vcard:hasURL'])?.['@id'],
    files: (dataset?.['dcat:distribution'] ?? []).map((distribution) => {
      const { pathname, search } = new URL(distribution['dcat:accessURL']['@id'], 'http://platform.invalid')
      return {
        title: { zh: inLanguage(distribution['dct:title'], 'zh'), en: inLanguage(distribution['dct:title'], 'en') },
        path: pathname + search,
        mediaType: distribution['dcat:mediaType']['@id'].replace('https://www.iana.org/assignments/media-types/', ''),
        specification: distribution['dct:conformsTo']['@id'],
        modified: distribution['dct:modified']?.['@value'],
      }
    }),
  }
}

export const catalogQuery = queryOptions({
  queryKey: openKey('catalog'), queryFn: async () => catalogOf(await answerOf(client.GET('/open/v1/catalog.json'))),
})
