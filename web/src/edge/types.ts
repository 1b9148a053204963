// What the gateway answers. It is written by hand: the gateway's API is small and is not the platform's.

export type UplinkState = 'starting' | 'up' | 'waiting' | 'down' | 'refused'
export type DiskState = 'ok' | 'photos-going' | 'photos-refused' | 'full' | 'failing'
export type Standing = 'waiting' | 'delivered' | 'not-carried' | 'refused'

export interface Status {
  version: string
  now: string
  started_at: string
  lot: { code: string; name: string; spaces_total: number; vacant: number; inside: number; reserved: number }
  disk: Disk
  warnings: Warning[]
  uplinks: Uplink[]
  cameras: Camera[]
  rejected_files: { file: string; rows: number; without_picture: number; why: string }[]
  unknown_senders: UnknownSender[]
}

export interface Disk {
  state: DiskState
  why: string | null
  bytes: number
  max_bytes: number
  records: number
  photos: number
  photos_dropped: number
  damaged: number
}

export interface Warning {
  code: string
  camera?: string
  file?: string
  uplink?: string | null
  zh: string
  en: string
}

export interface Uplink {
  name: string
  standard: string
  /** What people call the platforms of its standard. */
  platform: { zh: string; en: string }
  url: string
  lot_id: string
  state: UplinkState
  why: string | null
  /** Where the platform refuses the account or the lot: what to change. */
  mend: { zh: string; en: string } | null
  /** The setting of edge.toml that is wrong, where that is known without the platform's words. */
  setting: 'lot_id' | 'url' | null
  backlog: number
  backlog_bytes: number
  oldest_waiting: string | null
  last_accepted: string | null
  last_heartbeat: string | null
  accepted: number
  refused: number
  dead_letters: number
  /** Those of them that the standard cannot say: no platform has seen them. */
  not_sent: number
  not_carried: number
  without_picture: number
  in_flight: number
  retry_at: string | null
  clock: { offset_ms: number; measured_at: string; drifting: boolean } | null
  reconciliation: Reconciliation
}

/** The daily comparison with a platform, its days newest first. */
export type Reconciliation =
  | { configured: false } |
  {
    configured: true
    state: 'waiting' | 'resending' | 'failed'
    why: string | null
    next: string | null
    days: ReconciledDay[]
    orders: Orders
  }

/** A platform's open orders on the lot, as it had them last. */
export interface Orders {
  asked_at: string | null
  why: string | null
  more: boolean
  items: LotOrder[]
}

export interface LotOrder {
  number: string | null
  what: { zh: string; en: string }
  due_at: string | null
  state: string
  state_zh: string
  findings: number
  cured: number
}

export interface ReconciledDay {
  day: string
  asked_at: string
  own: DayNumbers
  had: DayNumbers
  missing: number
  resent: number
  still_missing: number
  unknown_to_lot: number
  done: boolean
}

export interface DayNumbers {
  entries: number
  exits: number
  photos: number
  charges: number
}

export interface Camera {
  name: string
  kind: string
  last_heard_at: string | null
  last_car_at: string | null
  refused: number
  refused_why: string | null
  clock: { offset_ms: number; measured_at: string; drifting: boolean } | null
  unread_time: string | null
}

export interface UnknownSender {
  address: string | null
  method: string
  path: string
  why: 'path' | 'name' | 'token' | 'login'
  device_id: string | null
  first_at: string
  last_at: string
  count: number
}

export interface Passage {
  seq: number
  kind: string
  record_id: string
  at: string
  plate: string | null
  plate_kind: string | null
  gate: string | null
  gate_name: string | null
  vacant: number | null
  standing: Record<string, Standing>
}

export interface DeadLetter {
  id: number
  uplink: string
  seq: number
  kind: string
  record_id: string | null
  refused_at: string
  code: string | null
  why: string | null
  report: unknown
  has_picture: boolean
}

export interface Listed<Item> {
  items: Item[]
  next: string | number | null
}
