// A gateway as the tests want it.
import type { DeadLetter, Status, Uplink } from './types'

export const nowMs = Date.parse('2026-04-01T08:15:30+08:00')

export const uplinkWith = (given: Partial<Uplink> = {}): Uplink => ({
  name: 'huzhou', standard: 'huzhou', platform: { zh: '湖州平台', en: 'Huzhou' }, url: 'http://127.0.0.1:1', lot_id: 'HZ330502001', state: 'up', why: null, mend: null, setting: null,
  backlog: 0, backlog_bytes: 0, oldest_waiting: null, last_accepted: '2026-04-01T08:15:20+08:00',
  last_heartbeat: '2026-04-01T08:15:00+08:00', accepted: 120, refused: 0, dead_letters: 0, not_sent: 0, not_carried: 0,
  without_picture: 0, in_flight: 0, retry_at: null,
  clock: { offset_ms: 120, measured_at: '2026-04-01T08:15:00+08:00', drifting: false }, reconciliation: { configured: false }, ...given,
})

export const statusWith = (given: Partial<Status> = {}): Status => ({
  version: '0.1.0', now: '2026-04-01T08:15:30+08:00', started_at: '2026-03-31T08:00:00+08:00',
  lot: { code: 'L1', name: '人民广场', spaces_total: 200, vacant: 127, inside: 73, reserved: 0 },
  disk: { state: 'ok', why: null, bytes: 123, max_bytes: 8_589_934_592, records: 10, photos: 5, photos_dropped: 0, damaged: 0 },
  warnings: [], uplinks: [uplinkWith()], cameras: [], rejected_files: [], unknown_senders: [], ...given,
})

export const letterWith = (id: number, given: Partial<DeadLetter> = {}): DeadLetter => ({
  id, uplink: 'huzhou', seq: id, kind: 'entry', record_id: `R${id}`, refused_at: '2026-04-01T08:00:00+08:00', code: '400',
  why: 'plateNo：应为…', report: { plate: '浙E1' }, has_picture: false, ...given,
})
