import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'

import { launchBrowser } from './browser.mjs'
import { readPdf } from './pdf.mjs'

// GB/T 9704-2012, in millimetres from the paper's left and upper edges.
const paper = { width: 210, height: 297 }
const area = { left: 28, right: 184, top: 37, bottom: 262 }
const linesAPage = 22
const charactersALine = 28
const line = 225 / linesAPage
const character = 156 / charactersALine
const em = 16 * 25.4 / 72
const names = [
  'order', 'order-draft', 'review', 'receipt', 'receipt-blank', 'notice', 'notice-draft', 'interview', 'report',
]
const official = ['order', 'review', 'notice', 'interview']

/** A page of nothing but text, to count its lines and characters. */
const fullPages = `{% extends "base.html" %}{% block paper %}<p style="text-indent: 0">${'泊'.repeat(charactersALine * linesAPage * 2 + 5)}</p>{% endblock %}`
const absentFonts = `
[papers.fonts]
body = ["Absent FangSong"]
title = ["Absent XiaoBiaoSong"]
heading = ["Absent Hei"]
subheading = ["Absent Kai"]
number = ["Absent Song"]
`
const fontOfAll = 'Font of the test'
const presentFonts = `
[papers.fonts]
${['body', 'title', 'heading', 'subheading', 'number'].map((role) => `${role} = ["${fontOfAll}"]`).join('\n')}
`
const fallbacks = ['Noto Serif CJK SC', 'Noto Sans CJK SC', 'LXGW WenKai']

const timeoutMs = 90_000

let folder
let browser
let server
let address
const complaints = []
const printedPages = new Map()

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bowei-papers-'))
  await writeFile(join(folder, 'complete.toml'), presentFonts)
  await writeSamples(join(folder, 'complete'), join(folder, 'complete.toml'))
  await writeSamples(join(folder, 'full'), await configuration('full.toml', presentFonts))
  await writeSamples(join(folder, 'missing'), await configuration('missing.toml', absentFonts))
  await serveSamples()
  browser = await launchBrowser()
})

after(async () => {
  await browser?.close()
  server?.close()
  await rm(folder, { recursive: true, force: true })
})

/** A city whose template of one paper is the full pages. */
async function configuration(name, more) {
  const templates = join(folder, 'templates')
  await mkdir(templates, { recursive: true })
  await writeFile(join(templates, 'interview.html'), fullPages)
  await writeFile(join(folder, name), `[papers]\ntemplates = "${templates}"\n${more}`)
  return join(folder, name)
}

/** By the example that a city's writers of templates have: BOWEI_PAPERS names it where it is built already. */
async function writeSamples(...args) {
  const built = process.env.BOWEI_PAPERS
  const [command, ...first] = built
    ? [built]
    : ['cargo', 'run', '--quiet', '--locked', '-p', 'bowei-platform', '--example', 'papers', '--']
  await promisify(execFile)(command, [...first, ...args], { cwd: new URL('../..', import.meta.url) })
}

/** The samples under the platform's own policy; what is measured must not hang on what is installed, so fonts come with them. */
async function serveSamples() {
  const fonts = new URL('../node_modules/@fontsource-variable/noto-serif-sc/', import.meta.url)
  const faces = (await readFile(new URL('index.css', fonts), 'utf8')).replaceAll('url(./files/', 'url(/fonts/files/')
  const style = (families) => families.map((family) => faces.replaceAll("'Noto Serif SC Variable'", `'${family}'`)).join('')
  const policy = (await readFile(join(folder, 'complete', 'content-policy.txt'), 'utf8')).replace('font-src data:', "font-src 'self'")
  server = createServer(async (request, response) => {
    try {
      if (request.url.startsWith('/fonts/')) {
        response.setHeader('cache-control', 'max-age=3600')
        response.end(await readFile(new URL(request.url.slice('/fonts/'.length), fonts)))
        return
      }
      const page = await readFile(join(folder, request.url), 'utf8')
      const families = request.url.startsWith('/missing/') ? fallbacks : [fontOfAll]
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.setHeader('content-security-policy', policy)
      response.end(page.replace('</head>', `<style>${style(families)}</style></head>`))
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${server.address().port}`
}

async function open(name, samples = 'complete') {
  const page = await browser.newPage()
  // Dozens of fonts are decoded, on a machine that may be busy.
  page.setDefaultTimeout(timeoutMs)
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) complaints.push(message.text())
  })
  await page.goto(`${address}/${samples}/${name}.html`)
  await page.locator(`html[data-fonts=${samples === 'missing' ? 'missing' : 'complete'}]`).waitFor()
  await page.evaluate(() => document.fonts.ready.then(() => true))
  return page
}

/** The printed pages, each with the lines of its type area apart from what stands in its margins. */
function print(name, samples = 'complete') {
  const key = `${samples}/${name}`
  if (!printedPages.has(key)) printedPages.set(key, printAnew(name, samples))
  return printedPages.get(key)
}

async function printAnew(name, samples) {
  const page = await open(name, samples)
  const bytes = await page.pdf({ preferCSSPageSize: true, printBackground: false })
  await page.close()
  if (process.env.BOWEI_PAPERS_KEPT) await writeFile(join(process.env.BOWEI_PAPERS_KEPT, `${name}-${samples}.pdf`), bytes)
  return (await readPdf(bytes)).map((printed) => ({
    ...printed,
    inside: printed.lines.filter(({ baseline }) => baseline > area.top && baseline < area.bottom),
    below: printed.lines.filter(({ baseline }) => baseline >= area.bottom),
    above: printed.lines.filter(({ baseline }) => baseline <= area.top),
  }))
}

function assertNear(actual, expected, tolerance, what) {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual.toFixed(3)} mm, not ${expected.toFixed(3)} ± ${tolerance}`)
}

const lineWith = (page, text) => page.inside.find((found) => found.text.includes(text)) ?? assert.fail(`no line has ${text}`)

for (const samples of ['full', 'missing']) {
  test(`a full page has 22 lines of 28 characters in 156 by 225 mm, ${samples === 'full' ? 'with' : 'without'} the fonts`, async () => {
    const pages = await print('interview', samples)
    assert.equal(pages.length, 3)
    for (const page of pages.slice(0, 2)) {
      assert.equal(page.inside.length, linesAPage)
      for (const [index, { text, left, right, baseline, points }] of page.inside.entries()) {
        assert.equal(text, '泊'.repeat(charactersALine))
        assertNear(left, area.left, 0.1, 'left')
        assertNear(right, area.right, 0.15, 'right')
        assertNear(points, 16, 0.05, 'size')
        assertNear(baseline, page.inside[0].baseline + index * line, 0.15, `line ${index + 1}`)
      }
      // The characters stand in the middle of their lines, whatever the font says of its own height.
      assert.ok(page.inside[0].baseline > area.top + em / 2 && page.inside[0].baseline < area.top + line)
      assert.ok(page.inside.at(-1).baseline < area.bottom)
    }
    assert.equal(pages[2].inside[0].text, '泊'.repeat(5))
  })
}

test('every page of every paper is A4 and keeps its words within the type area', async () => {
  for (const name of names) {
    for (const [index, page] of (await print(name)).entries()) {
      const where = `${name}, page ${index + 1}`
      assertNear(page.width, paper.width, 0.2, where)
      assertNear(page.height, paper.height, 0.2, where)
      assert.ok(page.inside.length > 0, `${where} is empty`)
      for (const { text, left, right } of page.inside) {
        assert.ok(left >= area.left - 0.1, `${where}: ${text} begins at ${left}`)
        assert.ok(right <= area.right + 0.2, `${where}: ${text} ends at ${right}`)
      }
    }
  }
})

test('the number of a page is outside: right on odd pages, left on even ones', async () => {
  const pages = await print('notice')
  assert.ok(pages.length >= 4)
  const one = 14 * 25.4 / 72
  for (const [index, page] of pages.entries()) {
    assert.equal(page.below.length, 1)
    const [{ text, left, right, baseline, points }] = page.below
    assert.equal(text.replaceAll(/\s/g, ''), `—${index + 1}—`)
    assertNear(points, 14, 0.05, 'size')
    if (index % 2 === 0) assertNear(right, area.right - one, 0.3, `right end of ${text}`)
    else assertNear(left, area.left + one, 0.3, `left end of ${text}`)
    // The dash is at the middle of its character, which lies about a third of it above the baseline.
    assertNear(baseline - one * 0.35, area.bottom + 7, 0.8, 'height of the dash')
  }
})

test('the head is red, its line as wide as the type area, and all stands where the standard has it', async () => {
  for (const name of official) {
    const [page] = await print(name)
    const agency = lineWith(page, '综合行政执法局')
    const number = lineWith(page, '〔2026〕')
    assert.match(number.text, /^湖综执停〔2026〕1\d号$/)
    assert.ok(page.colours.some(({ colour, text }) => colour === '#e60012' && '湖州市综合行政执法局'.includes(text) && text))
    for (const centred of [agency, number]) assertNear((centred.left + centred.right) / 2, (area.left + area.right) / 2, 0.3, 'centre')
    const rule = page.rectangles.find(({ colour, right, left }) => colour === '#e60012' && right - left > 100)
    assertNear(rule.left, area.left, 0.2, 'left end of the red line')
    assertNear(rule.right, area.right, 0.2, 'right end of the red line')
    // Lower edge of the number's characters: about an eighth of them below the baseline.
    assertNear(rule.top - (number.baseline + em * 0.12), 4, 0.5, 'from the number to the red line')
    assertNear(agency.baseline - agency.points * 25.4 / 72 * 0.88, area.top + 35, 1, 'upper edge of the agency')
    assertNear(rule.bottom, area.top + 8 * line, 0.1, 'the head is eight lines high')
    const title = page.inside.find(({ points }) => Math.abs(points - 22) < 0.05)
    assertNear(title.baseline, area.top + 11 * line - line * 0.25, 0.8, 'the title is on the eleventh line')
    const addressee = page.inside.find(({ text, baseline }) => baseline > title.baseline && text.endsWith('：'))
    assertNear(addressee.left, area.left, 0.1, 'the addressee begins at the left')
  }
})

test('the lines of the text lie at the same heights on every page', async () => {
  for (const name of ['order', 'review', 'interview']) {
    const pages = await print(name)
    const first = lineWith(pages[0], '：').baseline
    for (const page of pages) {
      if (page.inside[0].text.startsWith('附件')) break
      for (const { text, baseline, points } of page.inside) {
        // The head has heights of its own.
        if (Math.abs(points - 16) > 0.05 || (page === pages[0] && baseline < first)) continue
        const off = (baseline - first) / line
        assertNear((off - Math.round(off)) * line, 0, 0.6, `${name}: ${text}`)
      }
    }
  }
})

test('the date ends four characters from the right, under the agency that is centred on it', async () => {
  for (const name of official) {
    const pages = await print(name)
    const page = pages.find(({ inside }) => inside.some(({ text }) => /^2026年\d+月\d+日$/.test(text)))
    const at = page.inside.findIndex(({ text }) => /^2026年\d+月\d+日$/.test(text))
    const [agency, date] = page.inside.slice(at - 1, at + 1)
    assertNear(date.right, area.right - 4 * character, 0.4, 'right end of the date')
    assertNear((agency.left + agency.right) / 2, (date.left + date.right) / 2, 0.4, 'centre of the agency')
    assert.ok(at > 2, `${name}: the date stands on a page of its own`)
  }
})

test('what only the screen shows is not printed', async () => {
  const page = await open('order', 'missing')
  const onlyOnScreen = ['.seal', '#toolbar', '#font-note'].map((name) => page.locator(name))
  for (const part of onlyOnScreen) assert.ok(await part.isVisible(), String(part))
  await page.emulateMedia({ media: 'print' })
  for (const part of onlyOnScreen) assert.ok(await part.isHidden(), String(part))
  await page.close()
})

test('attachments are listed with their numbers, and begin pages of their own', async () => {
  const pages = await print('order')
  const list = pages.flatMap(({ inside }) => inside).filter(({ text }) => /^附件：1\.|^2\.缺失/.test(text))
  assert.deepEqual(list.map(({ text }) => text), ['附件：1.过车上报时延明细（摘录）', '2.缺失的进出场记录清单'])
  assertNear(list[0].left, area.left + 2 * character, 0.2, 'two characters in')
  const annex = pages.find(({ inside }) => inside[0].text === '附件1')
  assertNear(annex.inside[0].left, area.left, 0.1, 'the annex begins at the left')
  assertNear(annex.inside[1].baseline - annex.inside[0].baseline, 2 * line, 1.2, 'its title is on the third line')
})

test('a missing font is named on the screen and in the margin of each page, and none where all are there', async () => {
  const page = await open('order', 'missing')
  const note = await page.locator('#font-note').textContent()
  for (const font of ['仿宋（Absent FangSong', '小标宋（', '黑体（', '楷体（', '宋体（']) assert.ok(note.includes(font), note)
  assert.ok(await page.locator('#font-note').isVisible())
  await page.close()
  for (const printed of await print('order', 'missing')) {
    // Some fonts draw a radical for the character that is it, and the text is read off the glyphs.
    const above = printed.above.map(({ text }) => text).join('')
    assert.equal(above.normalize('NFKC'), '缺少字体：仿宋、小标宋、黑体、楷体、宋体，以替代字体排印'.normalize('NFKC'))
    assertNear(printed.above[0].points, 8, 0.05, 'size')
  }
  const complete = await open('order')
  assert.ok(await complete.locator('#font-note').isHidden())
  await complete.close()
  for (const printed of await print('order')) {
    assert.deepEqual(printed.above, [])
    assert.ok(printed.texts.every(({ font }) => /NotoSerifSC/i.test(font)), [...new Set(printed.texts.map(({ font }) => font))].join())
  }
})

test('a page whose script may not run says that nobody looked for its fonts', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(`${address}/complete/receipt.html`)
  const [printed] = await readPdf(await page.pdf({ preferCSSPageSize: true }))
  assert.ok(printed.lines.some(({ text, baseline }) => baseline < area.top && text === '字体未核对'))
  await context.close()
})

test('a receipt is one page, filled in or not', async () => {
  for (const name of ['receipt', 'receipt-blank']) assert.equal((await print(name)).length, 1)
})

test('a draft says so on every page', async () => {
  for (const page of await print('order-draft')) assert.ok(page.above.some(({ text }) => /草\s*稿/.test(text)))
})

test('no page broke the policy or a script', () => {
  assert.deepEqual(complaints, [])
})
