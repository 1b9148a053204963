'use strict'
// Looks whether each font that the paper needs is here: declared by the page itself, or installed. Where one is missing the
// screen and, small, the upper margin of each printed page say so. It prints the boxes of the standard all the same.
;(() => {
  const unquoted = (name) => name.replace(/^["']|["']$/g, '')

  async function isHere(family) {
    for (const face of document.fonts) {
      if (unquoted(face.family) === family) return face.status !== 'error'
    }
    const local = new FontFace('bowei-probe', `local(${JSON.stringify(family)})`)
    return local.load().then(() => true, () => false)
  }

  async function missingFonts() {
    const missing = []
    for (const item of document.querySelectorAll('#needed-fonts > li')) {
      if (!document.querySelector(item.dataset.usedBy)) continue
      const families = [...item.children].map((child) => child.textContent)
      const here = await Promise.all(families.map(isHere))
      if (!here.includes(true)) missing.push({ font: item.dataset.font, families })
    }
    return missing
  }

  function tell(missing) {
    const names = missing.map(({ font }) => font).join('、')
    const inMargin = missing.length ? `缺少字体：${names}，以替代字体排印` : ''
    const sheet = document.styleSheets[0]
    sheet.insertRule(`@page { @top-left { content: ${JSON.stringify(inMargin)} } }`, sheet.cssRules.length)
    const note = document.getElementById('font-note')
    note.hidden = !missing.length
    note.textContent = missing.length
      ? `本机缺少国家标准要求的字体：${missing.map(({ font, families }) => `${font}（${families.slice(0, 3).join('、')} 等）`).join('，')}。` +
      '现以替代字体显示和打印，版心、行数和字数不变；正式印制前请安装字体，再重新打开本页。'
      : ''
    document.documentElement.dataset.fonts = missing.length ? 'missing' : 'complete'
  }

  const toolbar = document.getElementById('toolbar')
  toolbar.hidden = false
  toolbar.querySelector('button').addEventListener('click', () => window.print())
  missingFonts().then(tell)
})()
