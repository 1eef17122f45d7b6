// Pictures of the screens of a hall that runs, and of the demo's devices: HALL is the line that `halld demo --json` prints, SHOTS a folder (docs/pictures holds README's).
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const hall = JSON.parse(process.env.HALL || 'null')
const dir = process.env.SHOTS
if (!hall || !dir) {
  console.error('set HALL to the line of `halld demo --json` and SHOTS to a folder')
  process.exit(2)
}
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu'] })
for (const [name, width, height, more] of [['board', 1920, 1080, ''], ['manager', 1440, 900, ''], ['kiosk', 1080, 1920, '&printer=printer-1'], ['clerk', 1366, 768, ''], ['sim', 1366, 768, ''], ['technician', 1366, 768, '']]) {
  const page = await (await browser.newContext({ viewport: { width, height }, deviceScaleFactor: 0.6, locale: 'zh-CN' })).newPage()
  await page.goto(`${hall.url}/${name}#token=${hall.tokens[name] || hall.tokens.admin}${more}`)
  await page.waitForTimeout(3000)
  if (name === 'clerk') { // the crowd's clerk sits there: take the window over
    await page.locator('[data-testid="pick-window"]').selectOption('3')
    await page.locator('[data-testid="pick-person"],[data-testid="clerk-name"]').waitFor()
    const person = page.locator('[data-testid="pick-person"]')
    if (await person.count()) await person.selectOption({ index: 1 })
    else await page.locator('[data-testid="clerk-name"]').fill('王芳')
    await page.locator('[data-testid="open-window"]').click()
    const taken = page.locator('[data-testid="take-over"]')
    await page.waitForTimeout(1000)
    if (await taken.count()) await taken.click()
    await page.waitForTimeout(2000)
  }
  if (name === 'technician') {
    await page.locator('[data-testid="pick-board-1"]').click()
    await page.locator('[data-testid="probe"]').click()
    await page.waitForTimeout(2500)
  }
  await page.screenshot({ path: join(dir, name + '.png') })
}
await browser.close()
