import type { Gate, HistoryEntry, ReliefRules } from '../../api/office'
import { tIfKnown } from '../../i18n'
import { t } from '../../i18n/lots'
import { districtName } from '../../parking/districts'
import { moment } from '../../time/clock'

/** What a field is called: the registry's own word, or its name where it is none of these. */
export function fieldWords(field: string): string {
  const [outer = field, inner] = field.split('.')
  if (inner === undefined || outer === 'details') return tIfKnown('lotField', field)
  const standard = tIfKnown('standard', inner)
  return t('phrase.gate', { name: tIfKnown('lotField', outer), direction: standard === inner ? tIfKnown('lotField', inner) : standard })
}

const namespaces: Partial<Record<string, string>> = { standing: 'standingWord', kind: 'kindLong', category: 'lotCategory', state: 'lotState', datum: 'datum' }

/** A value of the registry as people read it. */
export function valueWords(field: string, value: unknown): string {
  if (value == null || value === '' || (Array.isArray(value) && value.length === 0)) return t('lotHistory.nothing')
  if (field === 'gates' && Array.isArray(value)) return (value as Gate[]).map(gateWords).join(t('phrase.separator'))
  if (field === 'charging_relief' && Array.isArray(value)) return reliefWords((value as ReliefVersion[]).at(-1))
  if (Array.isArray(value)) return value.map((each) => typeof each === 'object' ? JSON.stringify(each) : String(each)).join(t('phrase.separator'))
  if (typeof value === 'object') return Object.entries(value).map(([name, each]) => `${tIfKnown('standard', name)} ${String(each)}`).join(t('phrase.separator'))
  if (field === 'district') return districtName(String(value))
  if (typeof value === 'boolean') return t(value ? 'lotHistory.yes' : 'lotHistory.no')
  if (typeof value === 'number' && !Number.isInteger(value)) return String(Number(value.toFixed(6)))
  if (field.endsWith('_at') && typeof value === 'string') return moment(value)
  const namespace = namespaces[field]
  return namespace ? tIfKnown(namespace, String(value)) : String(value)
}

interface ReliefVersion {
  rules: ReliefRules | null
}

/** The rules that are the last to hold. */
const reliefWords = (last: ReliefVersion | undefined): string => last?.rules
  ? t('phrase.relief', { minutes: last.rules.free_minutes_while_charging, kwh: last.rules.from_kwh })
  : t('lotHistory.nothing')

export const gateWords = ({ name, direction }: Gate): string => t('phrase.gate', { name, direction: tIfKnown('gateDirection', direction) })

/** How long after the fact it was told, in minutes; null where nobody said when it came about. */
export const delayMinutes = ({ at, effective_at }: Pick<HistoryEntry, 'at' | 'effective_at'>): number | null =>
  effective_at ? Math.max(0, Math.round((Date.parse(at) - Date.parse(effective_at)) / 60_000)) : null
