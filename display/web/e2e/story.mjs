// Two days of a hall through its screens: a citizen takes a number for an item, a clerk who is a person of the hall calls, gives back, calls again and finishes
// with a true outcome; phone and manager say what the outcome says; the printer runs out; the day closes and another begins. HALL, CHROMIUM and SHOTS as for visit.mjs.
import { home, id, need, page, phone, shot, step, tell, text, until } from './lead.mjs'

const state = (p, want) => until(`the window is not at ${want}`, async () => {
  const value = [await text(p, 'current-number'), await text(p, 'state'), await text(p, 'refusal')].join(' ')
  return { ok: value.includes(want), value }
})
async function sit(p) {
  await id(p, 'pick-window').selectOption('1')
  await id(p, 'pick-person').selectOption('1001')
  await id(p, 'open-window').click()
  await id(p, 'next-action').waitFor()
  need(await text(p, 'who') === '经办一号', 'the clerk\'s page does not name the person')
}
async function take(kiosk, item) {
  await id(kiosk, 'department-gongan').click()
  await id(kiosk, 'item-' + item).click()
  await id(kiosk, 'confirm').click()
  await id(kiosk, 'number').waitFor()
  return text(kiosk, 'number')
}
async function act(manager, name) {
  await id(manager, 'day-' + name).click()
  await id(manager, 'day-do').click()
  await id(manager, 'day-effect').waitFor()
}
/** cut reports what is wider than its place. */
const cut = (p, what) => p.evaluate((s) => [...document.querySelectorAll(s)].filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.textContent), what)
/** outside reports what of the kiosk's page does not stand between its header and its footer. */
const outside = (p) => p.evaluate(() => {
  const place = document.querySelector('main').getBoundingClientRect()
  const within = (r) => r.top >= place.top - 1 && r.bottom <= place.bottom + 1 && r.left >= place.left - 1 && r.right <= place.right + 1
  return [...document.querySelectorAll('main > *')].filter((e) => !within(e.getBoundingClientRect())).map((e) => e.textContent || e.tagName)
})

await tell(async (hall, told) => {
  told('take a number for an item')
  const kiosk = await page(hall, 'kiosk', 1080, 1920, '&printer=printer-1')
  const number = await take(kiosk, 'hukou')
  const citizen = await phone(hall, number)
  await citizen.getByText('户口迁移').waitFor()
  await step('issued', { number })

  told('sign in as a person, call, give back and call again')
  const clerk = await page(hall, 'clerk', 1280, 800)
  await sit(clerk)
  await clerk.keyboard.press('F1')
  await state(clerk, number)
  await citizen.getByText('请到 1 号窗口').waitFor()
  await clerk.keyboard.press('Backspace')
  await state(clerk, '现在没有号')
  await citizen.getByText('下一位就是您').waitFor() // its place is as before
  await clerk.keyboard.press('F1')
  await state(clerk, number)
  await clerk.keyboard.press('F3')
  await state(clerk, '正在办理')

  told('see every key on an enlarged page')
  await clerk.setViewportSize({ width: 640, height: 400 }) // 1280 by 800 at 200 %
  need(await clerk.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the clerk\'s page is wider than its screen')
  need(!(await cut(clerk, '.keys button')).length, 'keys are cut at 200 %')
  await shot(clerk, 'clerk-200')
  await clerk.setViewportSize({ width: 1280, height: 800 })

  told('finish with an outcome')
  await clerk.keyboard.press('F4')
  const last = id(clerk, 'outcome-wrong-ticket')
  await last.waitFor() // all of them stand on one page
  need(await last.evaluate((e) => e.getBoundingClientRect().bottom <= innerHeight), 'the last outcome is below the fold')
  await shot(clerk, 'clerk-outcomes')
  await id(clerk, 'outcome-supplement').click()
  await state(clerk, '现在没有号')
  await citizen.getByText('需补正材料').waitFor()
  need(!/已办结/.test(await citizen.textContent('body')), 'the phone calls a supplement finished')

  told('see it as the manager')
  const manager = await page(hall, 'manager', 1280, 800)
  await id(manager, 'outcomes').getByText(/补正\S* 1/).waitFor()
  await id(manager, 'who-1').getByText('经办一号').waitFor()
  need(await id(manager, 'window-8').evaluate((e) => e.getBoundingClientRect().bottom <= innerHeight), 'the windows are below the fold')
  await shot(manager, 'manager-floor')
  await step('finished', { number })

  told('pause the window')
  await clerk.keyboard.press('F9')
  await clerk.keyboard.press('1')
  await state(clerk, '暂停 · ') // and why
  await shot(clerk, 'clerk-paused')
  await clerk.keyboard.press('F9')
  await state(clerk, '现在没有号')

  told('take a number without paper')
  await home(kiosk)
  await id(kiosk, 'no-paper').waitFor({ timeout: 30000 }) // before anything is chosen
  need(/缺纸|没有纸|无纸|纸/.test(await text(kiosk, 'no-paper')), 'the kiosk does not say why nothing is printed')
  await shot(kiosk, 'kiosk-no-paper')
  await kiosk.setViewportSize({ width: 1280, height: 800 })
  await id(kiosk, 'elder').click()
  await shot(kiosk, 'kiosk-no-paper-elder-wide')
  await id(kiosk, 'elder').click()
  await kiosk.setViewportSize({ width: 1080, height: 1920 })
  const drawn = kiosk.waitForResponse((r) => r.url().endsWith('/code'))
  const bare = await take(kiosk, 'idcard')
  await id(kiosk, 'code').waitFor() // the phone takes the place of the paper
  for (const [width, height] of [[1280, 800], [1080, 1920]]) {
    await kiosk.setViewportSize({ width, height })
    for (const size of ['elder', 'plain']) {
      await id(kiosk, 'elder').click()
      const out = await outside(kiosk)
      await shot(kiosk, `kiosk-code-${width}-${size}`)
      need(!out.length, `at ${width} by ${height}, ${size}, these are outside of their place: ${out.join(', ')}`)
    }
  }
  await step('paperless', { number: bare })

  told('close the day')
  const left = await phone(hall, (await (await drawn).json()).address.split('/t/')[1]) // where the code leads
  await left.getByText('下一位就是您').waitFor()
  await act(manager, 'close')
  await id(clerk, 'day-ended').getByText('今天办理 1 人').waitFor()
  need(await id(clerk, 'open-window').isDisabled(), 'a window can be opened in a closed hall')
  await id(clerk, 'shut').waitFor()
  await shot(clerk, 'clerk-day-ended')
  await home(kiosk)
  await id(kiosk, 'shut').waitFor()
  await left.getByText('这个号已过期').waitFor()

  told('begin another day')
  await act(manager, 'open')
  await id(clerk, 'day-ended').waitFor({ state: 'detached' })
  await sit(clerk)
  const again = await take(kiosk, 'hukou')
  await clerk.keyboard.press('F1')
  await state(clerk, again)
  await step('again', { number: again })
})
