import type { Like } from '../typed'
import type { zh } from './zh'

export const en: Like<typeof zh> = {
  arrival: {
    title: 'A space when I arrive?',
    when: 'I arrive',
    inMinutes: 'in {n} minutes',
    likely: 'Likely',
    uncertain: 'Uncertain',
    unlikely: 'Unlikely',
    percent: '{n}%',
    vacant: 'about {n} free ({low}–{high})',
    lately: 'Forecasts like this came true {n}% of the time lately',
    none: 'No forecast: still learning, or the number of now is the better guide',
    failed: 'The forecast cannot be had right now',
  },
  navigate: {
    title: 'Navigate here',
    amap: 'AMap',
    tencent: 'Tencent',
    baidu: 'Baidu',
    open: 'Navigate to {name} with {app} Maps',
    gate: 'To the entrance',
    lot: 'The lot itself',
  },
  facts: {
    price: 'Price',
    hours: 'Open',
    charging: 'Charging spaces',
    accessible: 'Accessible spaces',
    spaces: '{n}',
    spacesVacant: '{n}, of which {vacant} free',
    notTold: 'Not stated',
    reserve: 'Reserve a space',
    details: 'Details',
    ago: 'updated {time}',
  },
  offline: {
    title: 'You are offline',
    hint: 'This is what was last seen; free spaces may have changed.',
    seen: 'This was seen at {time}; free spaces may have changed.',
  },
  age: {
    now: 'just now',
    minutes: '{n} min ago',
    hours: '{n} h ago',
    days: '{n} d ago',
  },
}
