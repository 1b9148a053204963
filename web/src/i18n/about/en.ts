import type { Like } from '../typed'
import type { zh } from './zh'

export const en: Like<typeof zh> = {
  about: {
    title: 'About the data',
    intro: 'The platform asks lots to report truly and in time, and tells how it does itself. There is no name, no plate and no lot here; everybody may look, and have it by the open interface too.',
    availability: 'Availability of the platform',
    availabilityHint: 'A minute in which no node ran counts as away; such minutes are in no lot’s rates.',
    share: 'of the last {n} days; away for {away} in all',
    asOf: 'as of {time}',
    byDay: 'Availability by day',
    table: 'Numbers by day',
    day: 'Day',
    there: 'Available',
    away: 'Away',
    noDays: 'No days to tell of yet',
    accountability: 'Week by week',
    accountabilityHint: 'Plates and photos are masked; each look needs a reason and is kept in the audit. Here is how often it was done and what for, and what became of orders and objections.',
    noWeeks: 'No weeks to tell of yet',
    noWeeksHint: 'There are numbers once the platform has run for a week.',
    week: 'Week',
    opened: 'Plates and photos opened',
    orders: 'Orders and objections',
    down: 'Platform away',
    unknown: 'not known',
  },
  aboutLevel: {
    whole: 'Available all day',
    short: 'Away for less than 30 minutes',
    long: 'Away for 30 minutes or more',
  },
  aboutOpened: {
    reveals: 'Revealed',
    reveals_for_cases: 'of these for a case',
    searches: 'Searches by plate',
    exports: 'Exports',
    packages: 'Evidence packages',
  },
  aboutOrders: {
    issued: 'Issued',
    verified: 'Cured',
    withdrawn: 'Withdrawn',
    objected: 'Objected to',
    sustained: 'Sustained',
    rejected: 'Rejected',
    escalated: 'Escalated',
  },
}
