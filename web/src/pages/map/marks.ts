import type { Level } from '../../parking/vacancy'
import { colour } from '../../ui/theme'
import { barParts } from './lot-points'

// What stands behind a number: a pin for a lot, a box for the sum of lots that would overlap, with a bar that says how much
// is free, so that colour is not the only sign. The number itself is text of the map: there are as few pictures as there are
// looks, however long a page lives.

export interface Mark {
  image: ImageData
  pixelRatio: number
}

export const districtMark = (name: string): string => `name|${name}`

export function drawMark(name: string): Mark | null {
  const [what, first = '', second = '', third = ''] = name.split('|')
  if (what === 'lot') return drawLot(first as Level, Number(second), Number(third))
  if (what === 'sum') return drawSum(first as Level, Number(second), Number(third))
  if (what === 'name') return drawName(first)
  return null
}

const family = 'system-ui, -apple-system, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif'

/** Room for the shadow. */
const edge = 3

function canvas(width: number, height: number): { pen: CanvasRenderingContext2D; done: () => Mark } | null {
  const pixelRatio = Math.max(2, Math.ceil(devicePixelRatio))
  const sheet = document.createElement('canvas')
  sheet.width = Math.ceil(width) * pixelRatio
  sheet.height = Math.ceil(height) * pixelRatio
  const pen = sheet.getContext('2d', { willReadFrequently: true })
  if (!pen) return null
  pen.scale(pixelRatio, pixelRatio)
  pen.textAlign = 'center'
  pen.textBaseline = 'middle'
  return { pen, done: () => ({ image: pen.getImageData(0, 0, sheet.width, sheet.height), pixelRatio }) }
}

/** Whether a number is told: what tells none is drawn hollow. */
const isTold = (level: Level): boolean => level !== 'stale' && level !== 'closed'

function fill(pen: CanvasRenderingContext2D, level: Level): void {
  pen.save()
  pen.shadowColor = 'rgb(0 0 0 / 35%)'
  pen.shadowBlur = 3
  pen.shadowOffsetY = 1
  pen.fillStyle = isTold(level) ? colour(level) : colour('map-land')
  pen.fill()
  pen.restore()
  pen.lineWidth = 1.5
  pen.strokeStyle = isTold(level) ? colour('map-halo') : colour(level)
  if (level === 'stale') pen.setLineDash([3, 2])
  pen.stroke()
  pen.setLineDash([])
}

/** The colour of what is written on a mark of the level. */
export const inkOf = (level: Level): string => colour(isTold(level) ? `${level}-ink` : 'ink-soft')

function drawBar(pen: CanvasRenderingContext2D, level: Level, parts: number, left: number, top: number, width: number): void {
  if (!isTold(level)) return
  const gap = 1
  const each = (width - gap * (barParts - 1)) / barParts
  pen.fillStyle = inkOf(level)
  for (let part = 0; part < barParts; part += 1) {
    pen.globalAlpha = part < parts ? 1 : 0.3
    pen.fillRect(left + part * (each + gap), top, each, 2.5)
  }
  pen.globalAlpha = 1
}

/** Of so many digits. */
const widthOf = (digits: number): number => 16 + digits * 8.5

/** Above the place where the lot is: so far up its pin is, and there its number. */
export const pin = { height: 25, point: 6 }

function drawLot(level: Level, parts: number, digits: number): Mark | null {
  const width = Math.max(30, widthOf(digits))
  const made = canvas(width + 2 * edge, pin.height + pin.point + edge)
  if (!made) return null
  const { pen, done } = made
  const [left, top, middle, bottom, round] = [edge, edge, edge + width / 2, edge + pin.height, 7]
  pen.beginPath()
  pen.moveTo(left + round, top)
  pen.arcTo(left + width, top, left + width, bottom, round)
  pen.arcTo(left + width, bottom, left, bottom, round)
  pen.lineTo(middle + 5, bottom)
  pen.lineTo(middle, bottom + pin.point)
  pen.lineTo(middle - 5, bottom)
  pen.arcTo(left, bottom, left, top, round)
  pen.arcTo(left, top, left + width, top, round)
  pen.closePath()
  fill(pen, level)
  drawBar(pen, level, parts, left + 6, bottom - 6, width - 12)
  return done()
}

/** A box with two edges, as of a pile. */
function drawSum(level: Level, parts: number, digits: number): Mark | null {
  const [width, height] = [Math.max(48, widthOf(digits)), 38]
  const made = canvas(width + 2 * edge + 4, height + 2 * edge + 4)
  if (!made) return null
  const { pen, done } = made
  const [left, top] = [edge + 2, edge + 2]
  pen.beginPath()
  pen.roundRect(left - 2.5, top - 2.5, width + 5, height + 5, 12)
  pen.lineWidth = 1.5
  pen.strokeStyle = colour(level)
  pen.stroke()
  pen.beginPath()
  pen.roundRect(left, top, width, height, 10)
  fill(pen, level)
  drawBar(pen, level, parts, left + 7, top + height - 6, width - 14)
  return done()
}

function drawName(text: string): Mark | null {
  const width = [...text].reduce((sum, letter) => sum + (letter > '\u2e80' ? 15 : 9), 12)
  const made = canvas(width, 22)
  if (!made) return null
  const { pen, done } = made
  pen.font = `500 14px ${family}`
  pen.lineJoin = 'round'
  pen.lineWidth = 4
  pen.strokeStyle = colour('map-land')
  pen.strokeText(text, width / 2, 11)
  pen.fillStyle = colour('map-name')
  pen.fillText(text, width / 2, 11)
  return done()
}
