import { language } from '../../../i18n'
import { t } from '../../../i18n/supervision'

const digits = '一二三四五六七八九'

/** 一 to 九十九. */
function numberOf(words: string): number {
  const [tens = '', ones = ''] = words.includes('十') ? words.split('十') : ['零', words]
  return (tens === '' ? 1 : digits.indexOf(tens) + 1) * 10 + digits.indexOf(ones || '零') + 1
}

/** Where a rule is written, as the platform names it (第四条、第十六条第（一）项), in the language of the page. */
export function articleWords(article: string): string {
  if (/^\d+$/.test(article)) return t('case.articleOf', { n: article })
  if (language.value === 'zh') return article
  const numbers = article
    .replace(/第([一二三四五六七八九十]{1,3})条/g, (_, words: string) => String(numberOf(words)))
    .replace(/第?（([一二三四五六七八九十]{1,3})）项?/g, (_, words: string) => `(${numberOf(words)})`)
    .replaceAll('、', ', ')
  return /\p{Script=Han}/u.test(numbers) ? article : t('case.articleOf', { n: numbers })
}
