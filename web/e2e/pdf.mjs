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
  let state = { matrix: [1, 0, 0, 1, 0, 0], colour: '#000000', font: undefined }
  const fontNames = new Map()
  const colours = []
  const rectangles = []
  fnArray.forEach((operator, index) => {
    const args = argsArray[index]
    switch (operator) {
      case OPS.save: states.push({ ...state }); break
      case OPS.restore: state = states.pop() ?? state; break
      case OPS.transform: state.matrix = Util.transform(state.matrix, args); break
      case OPS.setFillRGBColor: [state.colour] = args; break
      case OPS.setFont: state.font = args[0]; fontNames.set(args[0], page.commonObjs.get(args[0]).name); break
      case OPS.showText: colours.push({ colour: state.colour, text: args[0].map((glyph) => glyph?.unicode ?? '').join('') }); break
      case OPS.constructPath: {
        const [x0, y0, x1, y1] = args[2] ?? [0, 0, 0, 0]
        const corners = [[x0, y0], [x1, y1]].map(([x, y]) => [
          state.matrix[0] * x + state.matrix[2] * y + state.matrix[4], state.matrix[1] * x + state.matrix[3] * y + state.matrix[5],
        ])
        const [xs, ys] = [0, 1].map((axis) => corners.map((corner) => corner[axis] * mmPerPoint).toSorted((a, b) => a - b))
        rectangles.push({ colour: state.colour, left: xs[0], right: xs[1], top: height - ys[1], bottom: height - ys[0] })
        break
      }
    }
  })
  return { fontNames, colours, rectangles }
}
