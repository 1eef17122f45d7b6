// A technician at the bench, in a real browser against a running hall: a device fails and comes back, a board shows its window, a profile is checked. Each
// step prints one JSON line and waits for a line on stdin. HALL={"url":…,"tokens":{"admin":…}}; CHROMIUM: the browser; SHOTS: a folder for pictures.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const within = 15000
let at = 'start'
let browser
const waiting = []
const lines = []
createInterface({ input: process.stdin }).on('line', (l) => { const w = waiting.shift(); if (w) w(); else lines.push(l) })
  .on('close', () => { for (const w of waiting) w() })
const goOn = () => (lines.length ? (lines.shift(), Promise.resolve()) : new Promise((ok) => waiting.push(ok)))
async function step(name) {
  process.stdout.write(JSON.stringify({ step: name }) + '\n')
  await goOn()
}
function need(ok, what) { if (!ok) throw new Error(what) }

async function main() {
  const hall = JSON.parse(process.env.HALL || 'null')
  need(hall && hall.url && hall.tokens.admin, 'set HALL to {"url":…,"tokens":{"admin":…}}')
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'] })
  const p = await (await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: 'zh-CN', permissions: ['clipboard-read', 'clipboard-write'] })).newPage()
  p.setDefaultTimeout(within)
  const faults = []
  p.on('pageerror', (err) => faults.push(String(err)))
  const id = (name) => p.locator(`[data-testid="${name}"]`)
  const says = (name, word) => p.waitForFunction(([n, w]) => { const e = document.querySelector(`[data-testid="${n}"]`); return e && e.textContent.indexOf(w) >= 0 }, [name, word])
  const shot = async (name) => { if (process.env.SHOTS) await p.screenshot({ path: join(process.env.SHOTS, name + '.png') }) }

  at = 'look at the devices'
  await p.goto(`${hall.url}/technician#token=${encodeURIComponent(hall.tokens.admin)}`)
  await id('pick-board-3').click()
  await says('state-board-3', '有应答')
  await step('there')

  at = 'see the board unplugged'
  await says('state-board-3', '故障')
  await id('problem-unplugged').waitFor()
  need(await id('probe').isDisabled(), 'a device that is away can be probed')
  await shot('technician-failing')
  await step('failing')

  at = 'see it back'
  await says('state-board-3', '有应答')
  await id('problem-unplugged').waitFor({ state: 'detached' })
  await step('back')

  at = 'probe it and see the bytes'
  await id('probe').click()
  await says('result', '设备有应答')
  await says('wire', 'A5 A5')
  await says('wire', 'ping')
  await says('wire', '收')

  at = 'hold the display, copy the line and take the record home'
  await id('pause').click()
  await id('probe').click()
  await p.waitForFunction(() => /已暂停，新到 [1-9]/.test(document.querySelector('.wire').textContent))
  const held = await id('wire').locator('.row').count()
  await id('copy').click()
  await says('copy', '已复制')
  const copied = await p.evaluate(() => navigator.clipboard.readText())
  need(/^# halld session\n# profile: onbon-bx5k\n0 [<>] A5 A5/.test(copied) && /#     ping addr=3/.test(copied), 'on the clipboard is: ' + copied)
  need(copied.split('\n').filter((l) => /^\d+ [<>] /.test(l)).length === held, 'not the rows that are shown were copied')
  await id('pause').click()
  await p.waitForFunction((n) => document.querySelectorAll('.wire .row').length > n, held)
  const [file] = await Promise.all([p.waitForEvent('download'), id('record').click()])
  need(file.suggestedFilename() === 'board-3.session', 'the record is called ' + file.suggestedFilename())
  const record = readFileSync(await file.path(), 'utf8')
  need(/^# halld session\n/.test(record) && /# profile: onbon-bx5k/.test(record) && /\n\d+ > A5/.test(record), 'the record is: ' + record.slice(0, 300))

  at = 'let it show its window'
  await id('identify').click()
  await says('result', '窗口号')
  await step('identified')

  at = 'send a text'
  await id('send-op').selectOption('show')
  await id('arg-text').fill('测试一下')
  await id('send').click()
  await says('result', '已发送')
  await shot('technician-send')
  await step('sent')

  at = 'send a dialogue'
  await id('pick-sign-1').click()
  await id('send-op').selectOption('show')
  await says('dialogue', 'run_page')
  await id('arg-text').fill('A007 TO 2')
  await id('send').click()
  await says('result', '已发送')
  await says('steps', '1. → page')
  await says('steps', '3C 49 44 30 31 3E 3C 50 41 3E 41 30 30 37 20 54 4F 20 32 0D 0A')
  await says('steps', '2. → run_page')
  await shot('technician-dialogue')
  await step('talked')

  at = 'exercise while the hall is open'
  await id('pick-board-3').click()
  await id('exercise').click()
  await id('go-on').click()
  await says('result', '全部动作已完成')
  await step('exercised')

  at = 'check a profile with a mistake'
  await id('tab-new').click()
  const text = await id('text').inputValue()
  await id('text').fill(text.replace('baud', 'buad'))
  await id('check').click()
  await says('checked', '没有 "line.buad" 这个键')
  await says('checked', '第 9 行')
  await shot('technician-mistake')
  await id('text').fill(text)
  await id('check').click()
  await says('checked', '没有错误')
  need(await id('use').isDisabled(), 'a profile can be used before it was tried')
  await shot('technician-new')

  at = 'fill in the set-up form'
  await p.locator('.edit select').selectOption('amplus')
  await id('set-effect').waitFor()
  await id('port').fill(hall.devices[0].port)
  await id('set-addr').fill('999')
  await says('wrong-addr', '0–255')
  need(await id('try').isDisabled(), 'a wrong address can be tried')
  need((await id('set-effect').locator('option').allTextContents()).join() === '通常 left,down,instant,left,right,up', 'the choices of a field are not those of the profile')
  await id('set-page').fill('页')
  await id('set-addr').fill('')
  await shot('technician-form')

  at = 'put a part in at the cursor'
  await id('parts').locator('summary').click()
  await id('text').evaluate((e) => { e.focus(); e.setSelectionRange(0, 0) })
  await id('parts').locator('button', { hasText: 'sum8' }).click()
  need((await id('text').inputValue()).indexOf('{ sum = "sum8", of = "a..z" }# AMPLUS') === 0, 'the part does not stand at the cursor')
  await says('checked', '第 1 行')
  await shot('technician-parts')
  await id('parts').locator('summary').click()

  at = 'find out what a caller speaks, whatever its speed, and try it from there'
  await id('port').fill(hall.devices[1].port)
  await id('listen-baud').selectOption('0')
  await id('listen').click()
  await says('taught', 'caller-ff68')
  need(await id('listen-baud').inputValue() === '9600', 'the speed that was understood is not kept')
  await id('taught').locator('button').first().click()
  await p.waitForFunction(() => document.querySelector('[data-testid="text"]').value.indexOf('id = "my-caller-ff68"') >= 0)
  await p.waitForFunction(() => /没有错误：my-caller-ff68/.test((document.querySelector('[data-testid="checked"]') || {}).textContent))
  await id('set-addr').fill('2')
  await id('try').click()
  await p.waitForFunction(() => /收到：.*呼叫/.test((document.querySelector('[data-testid="inputs"]') || {}).textContent), null, { timeout: 40000 })
  await shot('technician-caller')
  await id('port').fill(hall.devices[0].port)

  at = 'describe the new board, try it and use it'
  await p.locator('.edit select').selectOption('-')
  await p.waitForFunction(() => /没有错误：my-board/.test((document.querySelector('[data-testid="checked"]') || {}).textContent))
  await id('set-window').fill('5')
  await id('set-addr').fill('7')
  await id('try').click()
  await says('tried', '这种设备不回答')
  await says('tried', 'show addr=7')
  await id('use').click()
  await says('used', '已保存')
  const lines = await id('hall-lines').textContent()
  for (const line of ['id = "board-9"', 'profile = "my-board"', `port = "${hall.devices[0].port}"`, 'window = "5"', 'address = 7']) need(lines.indexOf(line) >= 0, `the lines for the hall file lack ${line}: ${lines}`)
  await id('copy-lines').click()
  await says('copy-lines', '已复制')
  need(await p.evaluate(() => navigator.clipboard.readText()) === lines, 'other lines are on the clipboard')
  await shot('technician-used')
  await step('used')

  at = 'walk by keyboard'
  await id('tab-devices').focus()
  await p.keyboard.press('Enter')
  await id('pick-board-3').focus()
  await p.keyboard.press('ArrowDown')
  await says('device-name', 'board-4')
  for (const width of [1920, 1366, 1280, 390]) {
    await p.setViewportSize({ width, height: 768 })
    const wide = await p.evaluate(() => [...document.querySelectorAll('.page *')].filter((e) => e.getBoundingClientRect().right > window.innerWidth + 1 && getComputedStyle(e).position !== 'fixed').length)
    need(wide === 0, `${wide} elements stand outside a screen of ${width}`)
  }
  await step('walked')

  at = 'see that the hall is away, and what was known of it'
  await id('offline').waitFor()
  need(/自 \d\d:\d\d/.test(await id('offline').textContent()), 'the banner does not say since when')
  await id('pick-board-3').waitFor()
  await says('device-name', 'board-')
  await shot('technician-offline')
  await step('offline')

  at = 'see it back'
  await id('offline').waitFor({ state: 'detached' })
  await says('state-board-3', '有应答')
  await p.waitForFunction(() => document.querySelectorAll('.wire .row').length > 0)
  need(faults.length === 0, 'the page failed: ' + faults.join('; '))
  await step('returned')
}

let code = 0
try { await main() } catch (err) {
  code = 1
  process.stderr.write(`bench failed: ${at}: ${err && err.message ? err.message : err}\n`)
}
if (browser) await browser.close().catch(() => undefined)
process.exit(code)
