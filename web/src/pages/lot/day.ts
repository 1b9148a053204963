import type { Forecast, FreeSpaces, LotHistory } from '../../api/driver'

export type Point = [at: number, vacant: number]

const pointsOf = (counts: readonly FreeSpaces[]): Point[] =>
  counts.map(({ at, vacant }): Point => [Date.parse(at), vacant]).sort(([a], [b]) => a - b)

export interface Day {
  today: Point[]
  usual: Point[]
  /** From the last count on. */
  forecast: Point[]
  lowest: Point | null
  highest: Point | null
}

/** The lines of a day. A count stands until the next one: the last is drawn on to now. */
export function dayOf(history: LotHistory, forecast: Forecast | undefined, now: number): Day {
  const today = pointsOf(history.items).filter(([at]) => at <= now)
  const last = today.at(-1)
  if (last && last[0] < now) today.push([now, last[1]])
  const ahead = (forecast?.items ?? []).map(({ minutes, vacant }): Point => [now + minutes * 60_000, vacant])
  const by = (better: (a: number, b: number) => boolean): Point | null =>
    today.reduce<Point | null>((best, point) => !best || better(point[1], best[1]) ? point : best, null)
  return {
    today,
    usual: pointsOf(history.usual),
    forecast: ahead.length > 0 ? [...today.slice(-1), ...ahead] : [],
    lowest: by((a, b) => a < b),
    highest: by((a, b) => a > b),
  }
}

const hourMs = 3_600_000

/** What a line says at a moment: the last it said before; nothing beyond what it knows. */
function valueAt(line: readonly Point[], at: number): number | null {
  const before = line.filter(([time]) => time <= at).at(-1)
  const isOver = (line.at(-1)?.[0] ?? 0) < at
  return before && !isOver ? before[1] : null
}

export interface HourRow {
  at: number
  today: number | null
  usual: number | null
}

/** The day by its hours, for who reads no lines. */
export function hoursOf({ today, usual }: Day, begins: number): HourRow[] {
  const hours = Array.from({ length: 24 }, (_, hour) => begins + hour * hourMs)
  return hours
    .map((at) => ({ at, today: valueAt(today, at), usual: valueAt(usual, at) }))
    .filter((row) => row.today != null || row.usual != null)
}
