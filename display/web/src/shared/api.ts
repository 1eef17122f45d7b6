import { randomID, token } from './session'

/** Refusal is an answer of the hall that says no, in both languages. */
export class Refusal extends Error {
  /** why it says no, where it knows more than its title says */
  reasons: { zh: string; en: string; at: string }[] = []
  /** what exactly, in English: for developers, and for readers of English */
  detail = ''
  /** what can be done instead, where the hall knows: come again then, or print the number that one has already */
  instead: { from?: string; ticket?: string; number?: string } = {}
  constructor(readonly code: string, readonly zh: string, readonly en: string, readonly status: number) { super(en) }
}

/** Offline: the hall did not answer. Whether an act was done is not known: it is repeated with the same key, and what the hall shows decides. */
export const offline = (act: boolean): Refusal => act
  ? new Refusal('offline', '网络中断，不知道是否已经办成：请先看屏幕上的状态，没有变化再按一次', 'No network: it may or may not be done. Look at what is shown, and press again only if nothing has changed.', 0)
  : new Refusal('offline', '网络中断，暂时读不到，请稍候再试', 'No network: this cannot be read now, please try again.', 0)

const answerWithin = 8000
const pauses = [300, 900, 2000]
const wait = (ms: number) => new Promise<void>((done) => { setTimeout(done, ms) })

function inTime<T>(p: Promise<T>, within: number): Promise<T> {
  return new Promise((ok, no) => {
    const timer = setTimeout(() => no(new Error('no answer in time')), within)
    p.then((v) => { clearTimeout(timer); ok(v) }, (e) => { clearTimeout(timer); no(e) })
  })
}

async function once<T>(method: string, path: string, body: unknown, key: string, within = answerWithin, more: Record<string, string> = {}): Promise<T> {
  const headers: Record<string, string> = { Authorization: 'Bearer ' + token(), ...more }
  if (key) headers['Idempotency-Key'] = key
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  const res = await inTime(fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) }), within)
  const text = await inTime(res.text(), within)
  let data: Record<string, unknown> = {}
  try { data = JSON.parse(text) } catch { if (res.ok) throw new Error('not JSON') }
  if (res.ok) return data as unknown as T
  const said = (k: string, other: string) => (typeof data[k] === 'string' && data[k] ? String(data[k]) : other)
  const no = new Refusal(said('code', 'http-' + res.status), said('title_zh', '大厅系统拒绝了这个操作'), said('title', 'The hall refuses this.'), res.status)
  const errors = Array.isArray(data.errors) ? data.errors as { message?: string; message_zh?: string; location?: string }[] : []
  if (data.instead && typeof data.instead === 'object') no.instead = data.instead
  no.detail = said('detail', '')
  no.reasons = errors.map((e) => ({ en: e.message || '', zh: e.message_zh || e.message || '', at: e.location || '' }))
  throw no
}

/** worthRepeating: faults after which the same request with the same key is safe and useful. */
export function worthRepeating(err: unknown): boolean {
  return !(err instanceof Refusal) || err.code === 'not-known' || err.code === 'unavailable' || err.code === 'too-many' || err.status === 502 || err.status === 504
}

async function send<T>(method: string, path: string, body: unknown, key: string): Promise<T> {
  for (let i = 0; ; i++) {
    try {
      return await once<T>(method, path, body, key)
    } catch (err) {
      if (!worthRepeating(err) || i >= pauses.length) throw err instanceof Refusal ? err : offline(method !== 'GET')
      await wait(pauses[i])
    }
  }
}

export const get = <T>(path: string): Promise<T> => send<T>('GET', path, undefined, '')

/** post does one act. Whoever repeats the act by hand after a fault gives the same key again, so that it is done once. */
export const post = <T>(path: string, body: unknown = {}, key: string = randomID()): Promise<T> => send<T>('POST', path, body, key)

/** tryOnce does what must never be done twice by itself, such as a print on the bench, and waits as long as it may take. */
export const tryOnce = <T>(path: string, body: unknown = {}, within = 100000): Promise<T> => once<T>('POST', path, body, '', within)

/** put changes something that was read before, if it is still as it was: match is what stood in it then. */
export const put = <T>(path: string, body: unknown, match: string, key: string = randomID()): Promise<T> =>
  once<T>('PUT', path, body, key, 60000, match ? { 'If-Match': match } : {}).catch((err: unknown) => { throw err instanceof Refusal ? err : offline(true) })

/** textOf fetches what is no JSON; zh and en say that it was refused. */
async function textOf(path: string, accept: string, zh: string, en: string): Promise<string> {
  const res = await inTime(fetch(path, { headers: { Authorization: 'Bearer ' + token(), Accept: accept } }), 60000)
  if (!res.ok) throw new Refusal('http-' + res.status, zh, en, res.status)
  return inTime(res.text(), 60000)
}

/** printPage has a page of the hall printed: the token goes in a header, never in an address, so the page is fetched and printed from a frame of its own. */
export async function printPage(path: string): Promise<void> {
  const text = await textOf(path, 'text/html', '没有读到，请再试一次', 'It could not be read, please try again.').catch((err: unknown) => { throw asRefusal(err) })
  const old = document.getElementById('print-frame')
  if (old) old.remove()
  const frame = document.createElement('iframe')
  frame.id = 'print-frame'
  frame.title = 'print'
  frame.style.cssText = 'position:fixed;right:0;bottom:0;width:0;height:0;border:0'
  frame.onload = () => { if (frame.contentWindow) { frame.contentWindow.focus(); frame.contentWindow.print() } }
  frame.srcdoc = text
  document.body.appendChild(frame)
}

/** saveCSV has a table written into a file of the browser's folder: the token goes in a header, never in an address. */
export async function saveCSV(path: string, name: string): Promise<void> {
  const text = await textOf(path, 'text/csv', '没有下载成功，请再试一次', 'The download did not succeed, please try again.')
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob(['\ufeff' + text], { type: 'text/csv;charset=utf-8' })) // the mark makes spreadsheets read it as UTF-8
  link.download = name
  document.body.appendChild(link)
  link.click()
  document.body.removeChild(link)
  setTimeout(() => URL.revokeObjectURL(link.href), 60000)
}

export const asRefusal = (err: unknown): Refusal => (err instanceof Refusal ? err : offline(false))
