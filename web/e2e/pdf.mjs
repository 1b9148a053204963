import { getDocument, OPS, Util } from 'pdfjs-dist/legacy/build/pdf.mjs'

const mmPerPoint = 25.4 / 72

/** What is on the pages of a PDF, in millimetres from the left and upper edges of the paper. */
export async function readPdf(bytes) {
  const document = await getDocument({ data: new Uint8Array(bytes), verbosity: 0 }).promise
  const pages = []
  for (let number = 1; number <= document.numPages; number += 1) pages.push(await readPage(await document.getPage(number)))
  await document.destroy()
  return pages
}

async function readPage(page) {
  const [, , widthPoints, heightPoints] = page.view
  const height = heightPoints * mmPerPoint
  const drawn = await drawing(page, height)
  const { items } = await page.getTextContent({ disableNormalization: true })
  const texts = items.filter(({ str }) => str.trim()).map((item) => {
    const [, , shear, scale, x, y] = item.transform
    return {
      text: item.str,
      left: x * mmPerPoint,
      right: (x + item.width) * mmPerPoint,
      baseline: height - y * mmPerPoint,
      points: Math.hypot(shear, scale),
      font: drawn.fontNames.get(item.fontName),
    }
  })
  return { width: widthPoints * mmPerPoint, height, texts, lines: lines(texts), colours: drawn.colours, rectangles: drawn.rectangles }
}

/** Texts that stand on one baseline, from the top. */
function lines(texts) {
  const found = []
  for (const text of texts.toSorted((a, b) => a.baseline - b.baseline || a.left - b.left)) {
    const line = found.at(-1)
    if (line && Math.abs(line.baseline - text.baseline) < 0.5) line.parts.push(text)
    else found.push({ baseline: text.baseline, parts: [text] })
  }
  return found.map(({ baseline, parts }) => {
    const sorted = parts.toSorted((a, b) => a.left - b.left)
    return {
      baseline,
      text: sorted.map(({ text }) => text).join(''),
      left: Math.min(...parts.map(({ left }) => left)),
      right: Math.max(...parts.map(({ right }) => right)),
      points: parts[0].points,
    }
  })
}

/** The fonts' own names, in what colours each is set, and the filled rectangles with theirs. */
async function drawing(page, height) {
  const { fnArray, argsArray } = await page.getOperatorList()
  const states = []
  let state = { matrix: [1, 0, 0, 1, 0, 0], colour: '#000000' }
  const fontNames = new Map()
  const colours = []
  const rectangles = []
  const on = {
    [OPS.save]: () => states.push({ ...state }),
    [OPS.restore]: () => (state = states.pop() ?? state),
    [OPS.transform]: (...matrix) => (state.matrix = Util.transform(state.matrix, matrix)),
    [OPS.setFillRGBColor]: (colour) => (state.colour = colour),
    [OPS.setFont]: (font) => fontNames.set(font, page.commonObjs.get(font).name),
    [OPS.showText]: (glyphs) => colours.push({ colour: state.colour, text: glyphs.map((glyph) => glyph?.unicode ?? '').join('') }),
    [OPS.constructPath]: (kind, path, box) => {
      if (!box) return
      const [a, b, c, d, e, f] = state.matrix
      const sorted = (values) => values.map((value) => value * mmPerPoint).toSorted((one, other) => one - other)
      const [left, right] = sorted([[box[0], box[1]], [box[2], box[3]]].map(([x, y]) => a * x + c * y + e))
      const [low, high] = sorted([[box[0], box[1]], [box[2], box[3]]].map(([x, y]) => b * x + d * y + f))
      rectangles.push({ colour: state.colour, left, right, top: height - high, bottom: height - low })
    },
  }
  fnArray.forEach((operator, index) => on[operator]?.(...(argsArray[index] ?? [])))
  return { fontNames, colours, rectangles }
}
