import { t } from '../../../i18n/lots'
import type { TableColumn } from '../table'

/** In the words of the moment; the ids are those that the platform sorts by, where it can. */
export const lotColumns = (): TableColumn[] => [
  { id: 'name', head: t('lots.name'), sorts: true, fixed: true },
  { id: 'district', head: t('lots.district'), sorts: true },
  { id: 'kind', head: t('lots.kind') },
  { id: 'category', head: t('lots.category') },
  { id: 'provider', head: t('lots.provider'), sorts: true },
  { id: 'status', head: t('lots.status') },
  { id: 'vacant', head: t('lots.vacant'), sorts: true, right: true },
  { id: 'derived', head: t('lots.derived'), right: true },
  { id: 'inside', head: t('lots.inside'), right: true },
  { id: 'spaces_total', head: t('lots.total'), sorts: true, right: true },
  { id: 'occupancy', head: t('lots.occupancy'), sorts: true, right: true },
  { id: 'charging', head: t('lots.charging'), right: true },
  { id: 'address', head: t('lots.address') },
  { id: 'ids', head: t('lots.ids') },
  { id: 'last_heard_at', head: t('lots.heard'), sorts: true },
]

/** What only some look at is left out until they ask for it. */
export const hiddenAtFirst = ['kind', 'category', 'derived', 'charging', 'address', 'ids'] as const
