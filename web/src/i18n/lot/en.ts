import type { Like } from '../typed'
import type { zh } from './zh'

export const en: Like<typeof zh> = {
  lot: {
    onMap: 'Show on the map',
    vacant: 'Vacant spaces',
    about: 'About the lot',
    address: 'Address',
    kind: 'Kind',
    gates: 'Gates',
    gateIn: 'In',
    gateOut: 'Out',
    gateBoth: 'In and out',
    offPeak: 'Off-peak parking',
    offer: 'Offer {no}, {price} yuan ({service})',
    inConsole: 'Open in the console',
    unknown: 'No lot has the code {code}',
    unknownHint: 'Check the code, or look for the lot on the map.',
  },
  day: {
    title: 'Free spaces today',
    today: 'Today',
    usual: 'Usual weekday',
    forecast: 'Forecast',
    time: 'Time',
    empty: 'Nothing was heard today yet',
    noUsual: 'The usual weekday is still being learnt.',
    table: 'As a table',
    summary: 'Today {low} at the least ({lowAt}), {high} at the most ({highAt}).',
    label: 'Line chart of free spaces today and on a usual weekday. {summary}',
  },
  tap: {
    ask: 'Was there a space when you came?',
    why: 'Anonymous; it serves to check counts and forecasts, and nothing else.',
    found: 'Yes',
    full: 'No',
    thanks: 'Thank you, noted.',
    busy: 'Too often: try again later.',
    failed: 'It was not sent: try again.',
  },
}
