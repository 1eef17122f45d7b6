// The demo's page of simulated devices, in a real browser: a caller's keys open window 1 and call SIM_NUMBER, a fault comes and goes, both languages fit.
// SIM_URL: the running demo; CHROMIUM: the browser; SHOTS: a folder for pictures.
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const { SIM_URL: url, SIM_NUMBER: number, SHOTS: shots } = process.env
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu'] })
let at = 'open the page'
let code = 0
try {
  for (const [width, height] of [[1366, 768], [1920, 1080]]) {
    const page = await (await browser.newContext({ viewport: { width, height }, locale: 'zh-CN' })).newPage()
    page.setDefaultTimeout(20000)
    const faults = []
    page.on('pageerror', (err) => faults.push(String(err)))
    page.on('console', (m) => { if (m.type() === 'error') faults.push(m.text()) })
    await page.goto(url + '/sim')
    const first = page.locator('[data-window="1"]')
    const seen = (text) => page.waitForFunction((t) => document.querySelector('[data-window="1"] .now').textContent.includes(t), text)
    await first.locator('[data-key="call"]').waitFor()
    if (width === 1366) {
      at = 'open the window by the caller'
      await page.waitForFunction(() => document.querySelector('[data-device="caller-1"] .lcd').alt !== '') // the hall has found the unit
      await first.locator('[data-key="pause"]').click()
      await seen('空闲')
      at = 'call by the caller'
      await first.locator('[data-key="call"]').click()
      await seen('呼叫 ' + number)
      at = 'see it on the board'
      await page.waitForFunction((n) => {
        const img = document.querySelector('[data-device="board-1"] .board')
        return img.alt.includes(n) && img.complete && img.naturalWidth > 600
      }, number)
    }
    at = 'hear it'
    await page.waitForFunction(() => /♪ 请A零零[一二三四五六七八九]号到一号窗口/.test(document.querySelector('[data-device="voice-1"] .said').textContent))
    at = 'unplug the board and plug it in again'
    await first.locator('[data-device="board-1"] summary').click()
    const unplug = first.locator('[data-device="board-1"] [data-fault="unplugged"]')
    await unplug.click()
    await first.locator('[data-device="board-1"] .problem').waitFor()
    if (shots) await page.screenshot({ path: join(shots, `sim-${width}.png`) })
    await unplug.click()
    await first.locator('[data-device="board-1"] .problem').waitFor({ state: 'detached' })
    at = 'read it in English'
    await page.click('#lang')
    await seen('calls ' + number)
    const wide = await page.evaluate(() => [...document.querySelectorAll('main button, .card')].filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent.slice(0, 40)))
    if (wide.length || await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) throw new Error('something is wider than its place: ' + wide.join(' | '))
    if (faults.length) throw new Error(faults.join('\n'))
  }
} catch (err) {
  code = 1
  process.stderr.write(`failed: ${at}: ${err && err.message ? err.message : err}\n`)
}
await browser.close()
process.exit(code)
