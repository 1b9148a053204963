import { toldVacant, levelOf, type Level } from '../../parking/vacancy'
import type { PublicLot } from '../../api/types'
import { colour } from '../../ui/theme'

// The map's own text would need files of letter shapes from a server. Numbers and
// names are drawn as small pictures instead, the first time the map asks for each.

export interface Mark {
  image: ImageData
  pixelRatio: number
}

export const dotName = (level: Level): string => `dot|${level}`
export const districtMark = (name: string): string => `name|${name}`

export function numberName(lot: PublicLot): string {
  const vacant = toldVacant(lot)
  return vacant == null ? '' : `number|${levelOf(lot)}|${vacant}`
}

export function drawMark(name: string): Mark | null {
  const [what, first = '', second = ''] = name.split('|')
  if (what === 'dot') return drawDot(first as Level)
  if (what === 'number') return drawNumber(first as Level, second)
  if (what === 'name') return drawName(first)
  return null
}

function canvas(width: number, height: number): { pen: CanvasRenderingContext2D; done: () => Mark } | null {
  const pixelRatio = Math.max(2, Math.ceil(devicePixelRatio))
  const sheet = document.createElement('canvas')
  sheet.width = Math.ceil(width) * pixelRatio
  sheet.height = Math.ceil(height) * pixelRatio
  const pen = sheet.getContext('2d', { willReadFrequently: true })
  if (!pen) return null
  pen.scale(pixelRatio, pixelRatio)
  return { pen, done: () => ({ image: pen.getImageData(0, 0, sheet.width, sheet.height), pixelRatio }) }
}

/** A circle for each level, and a sign in it so that colour is not the only difference. */
function drawDot(level: Level): Mark | null {
  const size = 20
  const made = canvas(size, size)
  if (!made) return null
  const { pen, done } = made
  const middle = size / 2
  pen.beginPath()
  pen.arc(middle, middle, 7.5, 0, 2 * Math.PI)
  const hollow = level === 'stale' || level === 'closed'
  pen.fillStyle = hollow ? colour('map-land') : colour(level)
  pen.fill()
  pen.lineWidth = hollow ? 2 : 1.5
  pen.strokeStyle = hollow ? colour(level) : colour('map-halo')
  if (level === 'stale') pen.setLineDash([3, 2])
  pen.stroke()
  pen.setLineDash([])
  pen.lineWidth = 2
  pen.strokeStyle = hollow ? colour(level) : colour(`${level}-ink`)
  pen.beginPath()
  if (level === 'full') {
    pen.moveTo(middle - 4, middle)
    pen.lineTo(middle + 4, middle)
  } else if (level === 'closed') {
    pen.moveTo(middle - 3, middle - 3)
    pen.lineTo(middle + 3, middle + 3)
    pen.moveTo(middle + 3, middle - 3)
    pen.lineTo(middle - 3, middle + 3)
  } else if (level === 'few') {
    pen.fillStyle = colour('few-ink')
    pen.arc(middle, middle, 2.2, 0, 2 * Math.PI)
    pen.fill()
  }
  if (level !== 'few') pen.stroke()
  return done()
}

const family = 'system-ui, -apple-system, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif'

function drawNumber(level: Level, text: string): Mark | null {
  const height = 24
  const width = Math.max(height, 12 + text.length * 8)
  const made = canvas(width + 2, height + 2)
  if (!made) return null
  const { pen, done } = made
  pen.beginPath()
  pen.roundRect(1, 1, width, height, height / 2)
  pen.fillStyle = colour(level)
  pen.fill()
  pen.lineWidth = 1.5
  pen.strokeStyle = colour('map-halo')
  pen.stroke()
  pen.font = `600 13px ${family}`
  pen.textAlign = 'center'
  pen.textBaseline = 'middle'
  pen.fillStyle = colour(`${level}-ink`)
  pen.fillText(text, width / 2 + 1, height / 2 + 1.5)
  return done()
}

function drawName(text: string): Mark | null {
  const width = [...text].reduce((sum, letter) => sum + (letter > '\u2e80' ? 15 : 9), 12)
  const made = canvas(width, 22)
  if (!made) return null
  const { pen, done } = made
  pen.font = `500 14px ${family}`
  pen.textAlign = 'center'
  pen.textBaseline = 'middle'
  pen.lineJoin = 'round'
  pen.lineWidth = 4
  pen.strokeStyle = colour('map-land')
  pen.strokeText(text, width / 2, 11)
  pen.fillStyle = colour('map-name')
  pen.fillText(text, width / 2, 11)
  return done()
}
