// What the stories of e2e share: a browser, pages of a hall, and steps that the test in Go waits for. Each step prints one JSON line and waits for a line on stdin.
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

export const within = 15000
let browser

export function need(ok, what) { if (!ok) throw new Error(what) }

const waiting = []
const lines = []
let ended = false
createInterface({ input: process.stdin }).on('line', (l) => { const w = waiting.shift(); if (w) w(); else lines.push(l) })
  .on('close', () => { ended = true; for (const w of waiting) w() })
const goOn = () => (lines.length ? (lines.shift(), Promise.resolve()) : ended ? Promise.resolve() : new Promise((ok) => waiting.push(ok)))

export async function step(name, more = {}) {
  process.stdout.write(JSON.stringify({ step: name, ...more }) + '\n')
  await goOn()
}

export async function page(hall, name, width, height, more = '') {
  const context = await browser.newContext({ viewport: { width, height }, locale: 'zh-CN' })
  const p = await context.newPage()
  p.setDefaultTimeout(within)
  p.on('pageerror', (err) => process.stderr.write(`${name}: ${err}\n`))
  p.on('console', (m) => { if (m.type() === 'error') process.stderr.write(`${name}: ${m.text()}\n`) })
  const token = hall.tokens[name]
  need(token, `HALL has no token for ${name}`)
  await p.goto(`${hall.url.replace(/\/$/, '')}/${name}#token=${encodeURIComponent(token)}${more}`)
  await p.waitForFunction(() => !location.hash)
  return p
}

export const id = (p, name) => p.locator(`[data-testid="${name}"]`)
export async function text(p, name) { return ((await id(p, name).textContent()) || '').trim() }
export async function until(what, ask) {
  const end = Date.now() + within
  let last
  for (;;) {
    last = await ask()
    if (last.ok) return last.value
    if (Date.now() > end) throw new Error(`${what}; last seen: ${JSON.stringify(last.value)}`)
    await new Promise((ok) => setTimeout(ok, 100))
  }
}
export async function shot(p, name) { if (process.env.SHOTS) await p.screenshot({ path: join(process.env.SHOTS, name + '.png') }) }

/** home leaves the ticket's page of a kiosk, which also goes by itself after a while. */
export const home = (p) => id(p, 'home').click({ timeout: 2000 }).catch(() => undefined)
export async function phone(hall, number) {
  const p = await (await browser.newContext({ viewport: { width: 360, height: 740 }, locale: 'zh-CN' })).newPage()
  p.setDefaultTimeout(within)
  p.on('pageerror', (err) => process.stderr.write(`phone: ${err}\n`))
  await p.goto(`${hall.url.replace(/\/$/, '')}/t/${number}`)
  return p
}
/** tell runs a story; told(where) says where it is, for the words of a failure. */
export async function tell(story) {
  let at = 'start'
  let code = 0
  try {
    const hall = JSON.parse(process.env.HALL || 'null')
    need(hall && hall.url && hall.tokens, 'set HALL to {"url":…,"tokens":{"kiosk":…,"clerk":…,"board":…,"manager":…}}')
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync'],
    })
    await story(hall, (where) => { at = where })
  } catch (err) {
    code = 1
    process.stderr.write(`failed: ${at}: ${err && err.message ? err.message : err}\n`)
  }
  if (browser) await browser.close().catch(() => undefined)
  process.exit(code)
}
