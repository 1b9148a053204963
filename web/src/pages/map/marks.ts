import { t } from '../../i18n/map'
import type { Level } from '../../parking/vacancy'
import { colour } from '../../ui/theme'
import { barParts } from './lot-points'

// Numbers are drawn as small pictures, the first time the map asks for each: a pin for a lot, a box with the sum for lots
// that would overlap. A bar under the number says how much is free, so that colour is not the only sign.

export interface Mark {
  image: ImageData
  pixelRatio: number
}

export const districtMark = (name: string): string => `name|${name}`

export function drawMark(name: string): Mark | null {
  const [what, first = '', second = '', third = '', fourth = ''] = name.split('|')
  if (what === 'lot') return drawLot(first as Level, second, Number(third))
  if (what === 'sum') return drawSum(first as Level, second, Number(third), fourth)
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

const inkOf = (level: Level): string => colour(isTold(level) ? `${level}-ink` : 'ink-soft')

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

const widthOf = (text: string): number => 16 + text.length * 8

/** A pin: its point stands where the lot is. */
function drawLot(level: Level, text: string, parts: number): Mark | null {
  const [width, height, point] = [Math.max(30, widthOf(text)), 25, 6]
  const made = canvas(width + 2 * edge, height + point + 2 * edge)
  if (!made) return null
  const { pen, done } = made
  const [left, top, middle, bottom, round] = [edge, edge, edge + width / 2, edge + height, 7]
  pen.beginPath()
  pen.moveTo(left + round, top)
  pen.arcTo(left + width, top, left + width, bottom, round)
  pen.arcTo(left + width, bottom, left, bottom, round)
  pen.lineTo(middle + 5, bottom)
  pen.lineTo(middle, bottom + point)
  pen.lineTo(middle - 5, bottom)
  pen.arcTo(left, bottom, left, top, round)
  pen.arcTo(left, top, left + width, top, round)
  pen.closePath()
  fill(pen, level)
  pen.font = `650 14px ${family}`
  pen.fillStyle = inkOf(level)
  pen.fillText(text, middle, top + (isTold(level) ? 10.5 : 13))
  drawBar(pen, level, parts, left + 6, bottom - 6, width - 12)
  return done()
}

/** A box with two edges, as of a pile: the sum, and of how many lots. */
function drawSum(level: Level, text: string, parts: number, lots: string): Mark | null {
  const words = t('map.lots', { n: lots })
  const small = [...words].reduce((sum, letter) => sum + (letter > '\u2e80' ? 10.5 : 6), 14)
  const [width, height] = [Math.max(38, widthOf(text), small), 37]
  const made = canvas(width + 2 * edge + 4, height + 2 * edge + 4)
  if (!made) return null
  const { pen, done } = made
  const [left, top, middle] = [edge + 2, edge + 2, edge + 2 + width / 2]
  pen.beginPath()
  pen.roundRect(left - 2.5, top - 2.5, width + 5, height + 5, 12)
  pen.lineWidth = 1.5
  pen.strokeStyle = colour(level)
  pen.stroke()
  pen.beginPath()
  pen.roundRect(left, top, width, height, 10)
  fill(pen, level)
  pen.fillStyle = inkOf(level)
  pen.font = `700 15px ${family}`
  pen.fillText(text, middle, top + 11.5)
  pen.font = `500 10px ${family}`
  pen.fillText(words, middle, top + 24)
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
