import { generateIcsCalendar } from 'ts-ics'

import type { Reservation } from '../../api/reservations'

/** Before the car is to come. */
const remindMinutes = 30

interface Words {
  summary: string
  description: string
}

/** A calendar's entry (RFC 5545), made in the page. Taken in again after a change, it takes the place of the former. */
export function calendarOf(
  { code, version, from, until, enter_at, state }: Pick<Reservation, 'code' | 'version' | 'from' | 'until' | 'enter_at' | 'state'>,
  { summary, description }: Words, link: string, address: string, now = new Date(),
): string {
  return generateIcsCalendar({
    version: '2.0', prodId: '-//Bowei//Reservation//EN', method: 'PUBLISH',
    events: [{
      uid: `${code}@${new URL(link).host}`, sequence: version, stamp: { date: now },
      start: { date: new Date(enter_at) }, end: { date: new Date(Date.parse(until)) },
      summary, description, location: address, url: link, status: state === 'confirmed' ? 'CONFIRMED' : 'TENTATIVE',
      alarms: [{
        action: 'DISPLAY', description: summary,
        trigger: { type: 'absolute', value: { date: new Date(Math.min(Date.parse(from), Date.parse(enter_at) - remindMinutes * 60_000)) } },
      }],
    }],
  })
}
