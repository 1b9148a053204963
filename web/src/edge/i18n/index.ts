// The words of the gateway's page. They are not among the city's, whose readers never see this page;
// the language chosen is the same.
import { fillIn, language } from '../../i18n'
import { en } from './en'
import { zh } from './zh'

export type EdgeWords = keyof typeof zh

const dictionaries = { zh, en }

export function tell(words: EdgeWords, given: Record<string, string | number> = {}): string {
  return fillIn(dictionaries[language.value][words], given)
}

/** Words for a code that a newer gateway may use: the code itself then. */
export function tellIfKnown(group: string, code: string, given: Record<string, string | number> = {}): string {
  const words = `${group}.${code}`
  return words in zh ? tell(words as EdgeWords, given) : code
}
