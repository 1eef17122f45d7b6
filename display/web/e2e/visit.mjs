// One visit through all four screens, in a real browser against a running hall. HALL={"url":…,"tokens":{"kiosk":…,"clerk":…,"board":…,"manager":…}};
// CHROMIUM: the browser; SHOTS: a folder for pictures.
import { home, id, need, page, phone as phoneOf, shot, step, tell, text, until, within } from './lead.mjs'

/** sit opens the chosen window: as a person of the hall, or under a name where the hall has no people. */
async function sit(p) {
  await p.locator('[data-testid="pick-person"],[data-testid="clerk-name"]').waitFor()
  if (await id(p, 'pick-person').count()) await id(p, 'pick-person').selectOption({ index: 1 })
  else await id(p, 'clerk-name').fill('王芳')
  await id(p, 'open-window').click()
}

await tell(async (hall, told) => {
  told('issue at the kiosk')
  const kiosk = await page(hall, 'kiosk', 1080, 1920, '&printer=printer-1')
  await id(kiosk, 'department-gongan').click()
  await id(kiosk, 'item-hukou').click()
  await kiosk.getByText('迁入证明').waitFor() // what to bring, before the number is taken
  need(/前面 \d+ 人|无人等候/.test(await text(kiosk, 'ahead')), 'the kiosk does not say how many are ahead')
  await id(kiosk, 'no-window').waitFor() // nobody has opened a window yet
  // Hard case: double_tap_gives_one_ticket. A third tap comes in the moment in which the number is shown.
  let asked = 0
  kiosk.on('request', (r) => { if (r.method() === 'POST' && /\/api\/tickets$/.test(r.url())) asked++ })
  await kiosk.evaluate(() => {
    new MutationObserver((_, seen) => {
      const end = document.querySelector('[data-testid="home"]')
      if (end) { seen.disconnect(); end.click() }
    }).observe(document.body, { childList: true, subtree: true })
  })
  await id(kiosk, 'confirm').dblclick()
  await id(kiosk, 'number').waitFor()
  const number = await text(kiosk, 'number')
  need(asked === 1, `a double tap asked for ${asked} numbers`)
  need(/^[A-Z]{1,2}\d{3,4}$/.test(number), `the kiosk shows no number but ${number}`)
  await id(kiosk, 'no-window').waitFor() // and it goes along
  await shot(kiosk, 'kiosk')
  await step('issued', { number })

  told('follow the number on a phone')
  const phone = await phoneOf(hall, number)
  await phone.getByText('下一位就是您').waitFor()
  await phone.getByText('现在没有窗口办理').waitFor()
  need(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the phone page is wider than the phone')

  told('call at the window')
  const board = await page(hall, 'board', 1920, 1080)
  await id(board, 'waiting-A').waitFor()
  const clerk = await page(hall, 'clerk', 1366, 768)
  await id(clerk, 'pick-window').selectOption('1')
  await sit(clerk)
  await id(clerk, 'next-action').waitFor()
  await clerk.keyboard.press('F1')
  const called = await until('no number came to the window', async () => {
    const value = await text(clerk, 'current-number')
    return { ok: /\d/.test(value), value: /\d/.test(value) ? value : value + ' ' + (await text(clerk, 'refusal')) }
  })
  need((await text(clerk, 'who')) !== '', 'the clerk\'s page does not say who works there')
  await id(clerk, 'about').getByText('户口迁移').waitFor()
  await shot(clerk, 'clerk')
  await step('called', { number: called })

  told('show on the board')
  const shown = await until(`the board does not show ${called} first`, async () => {
    const value = (await id(board, 'call-0').count()) ? await text(board, 'call-0') : ''
    return { ok: value === called, value }
  })
  await phone.getByText('请到 1 号窗口').waitFor() // by itself
  await shot(phone, 'phone')
  await board.waitForTimeout(3500) // the pulse has ended
  await shot(board, 'board')
  await step('shown', { number: shown })

  const pressed = async (want, name) => {
    told(name)
    const before = await text(clerk, 'state')
    await clerk.keyboard.press('F1')
    await until(`F1 at the window did not lead to ${want}`, async () => {
      const value = { number: await text(clerk, 'current-number'), state: await text(clerk, 'state'), refusal: await text(clerk, 'refusal') }
      const has = /\d/.test(value.number)
      return { ok: value.state !== before && has === (want === 'serving'), value }
    })
    await step(want)
  }
  await pressed('serving', 'serve at the window')
  await phone.getByText('正在 1 号窗口办理').waitFor()
  await pressed('finished', 'finish at the window')
  await phone.getByText('已办结').waitFor()
  await phone.goto(`${hall.url.replace(/\/$/, '')}/t/${number}?lang=en`)
  await phone.getByText('Done', { exact: true }).waitFor()

  told('look as the manager')
  const manager = await page(hall, 'manager', 1440, 900)
  await id(manager, 'waiting-A').waitFor()
  await id(manager, 'served').waitFor()
  const count = Number(await text(manager, 'waiting-A'))
  await shot(manager, 'manager')

  told('pause the numbers and give them again')
  await id(manager, 'day-pause').click()
  await id(manager, 'day-reason').fill('系统升级')
  await id(manager, 'day-do').click()
  await id(manager, 'day-effect').getByText('系统升级').waitFor()
  await home(kiosk)
  await id(kiosk, 'shut').getByText('现在暂停取号：系统升级').waitFor()
  await board.getByText('现在暂停取号：系统升级').waitFor()
  await id(clerk, 'notice-paused').waitFor()
  await id(manager, 'day-resume').click()
  await id(manager, 'day-do').click()
  await id(kiosk, 'department-gongan').waitFor()

  told('stay closed on a date, and take it back')
  await id(manager, 'day-dates').click()
  await id(manager, 'dates-none').waitFor()
  const [first, second] = [20, 21].map((n) => new Date(Date.now() + n * 86400000).toISOString().slice(0, 10))
  for (const [date, reason] of [[first, '停电检修'], [second, '全员培训']]) {
    await id(manager, 'date-day').fill(date)
    await id(manager, 'date-reason').fill(reason)
    await id(manager, 'date-do').click()
    await id(manager, 'date-' + date).getByText(reason).waitFor()
  }
  await id(manager, 'date-' + first).getByText('manager').waitFor() // who said so: the token's name
  await id(manager, 'unskip-' + second).click()
  await shot(manager, 'dates')
  await id(manager, 'unskip-do').click()
  await until('the date is still said to be closed', async () => ({ ok: await id(manager, 'date-' + second).count() === 0 }))
  await id(manager, 'date-effect').getByText('照常开门').waitFor()
  await id(manager, 'unskip-' + first).click()
  await id(manager, 'unskip-do').click()
  await id(manager, 'dates-none').waitFor()
  await id(manager, 'dates-close').click()

  told('lose the window to somebody else')
  const other = await page(hall, 'clerk', 1366, 768)
  await id(other, 'pick-window').selectOption('1')
  await sit(other)
  await id(other, 'take-over').click()
  await id(clerk, 'displaced').waitFor()
  await step('manager', { waiting: count })

  told('lose the hall')
  await id(board, 'offline').waitFor({ timeout: within })
  const since = await text(board, 'offline')
  need(/\d\d:\d\d/.test(since), `the banner does not say since when: ${since}`)
  await shot(board, 'board-offline')
  await step('offline', { since })

  told('find the hall again')
  await id(board, 'offline').waitFor({ state: 'detached', timeout: within })
  await step('back', { number: await text(board, 'call-0') })
})
