import { language } from '../i18n/language'

/** What is doubted, in the language of the page. */
export function findingWords(finding: { detail: string; detail_en: string }): string {
  return language.value === 'zh' ? finding.detail : finding.detail_en
}
