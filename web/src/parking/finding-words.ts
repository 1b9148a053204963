import { language } from '../i18n/language'
import { moment } from '../time/clock'

const momentInWords = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g

/** What is doubted, in the language of the page, with its times as the page writes them. */
export const findingWords = (finding: { detail: string; detail_en: string }): string =>
  (language.value === 'zh' ? finding.detail : finding.detail_en).replace(momentInWords, (at) => moment(at))
