import type { RateGroup, RateRow } from '../../../api/supervision'
import { t } from '../../../i18n/supervision'
import { districtName } from '../../../parking/districts'
import { subjectOf } from './drill'

/** What a row is called; its code stands beside it where that is another. */
export function subjectName(row: RateRow, group: RateGroup): string {
  const code = subjectOf(row, group)
  if (group === 'lot') return row.lot_name ?? code
  if (group === 'vendor') return code || t('rates.noVendor')
  return group === 'district' ? districtName(code) : row.provider_name ?? code
}
