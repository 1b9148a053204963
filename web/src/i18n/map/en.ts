import type { Like } from '../typed'
import type { zh } from './zh'

export const en: Like<typeof zh> = {
  list: {
    search: 'Search name or address',
    kind: 'Kind',
    kindAll: 'All kinds',
    district: 'District',
    districtAll: 'All districts',
    sort: 'Sort by',
    sortDistance: 'Distance from map centre',
    sortVacant: 'Vacant spaces',
    count: '{shown} of {all} lots',
    more: 'Show {n} more',
    none: 'No lot matches',
    clear: 'Clear filters',
    empty: 'No lots yet',
    emptyHint: 'Lots appear here once registered: bowei registry apply.',
    label: 'List of lots',
    locate: 'Show {name} on the map',
  },
  map: {
    label: 'Map of parking lots',
    failed: 'The map cannot be drawn',
    failedHint: 'This browser has no working WebGL. The list still works; a newer browser shows the map.',
    lost: 'The system has interrupted the map; it is being restored',
    details: 'Details',
    outlines: 'Outlines: Tianditu, for orientation',
    whole: 'Whole city',
  },
  distance: {
    m: '{n} m',
    km: '{n} km',
  },
}
