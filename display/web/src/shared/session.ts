// What a screen knows about itself: its token, its printer. Both come once in the fragment and stay in this browser.

let screen = ''
const memory: Record<string, string> = {}

/** parseFragment reads "#token=…&printer=…". */
export function parseFragment(hash: string): Record<string, string> {
  const out: Record<string, string> = {}
  new URLSearchParams(hash.replace(/^#/, '')).forEach((value, key) => { out[key] = value })
  return out
}

function write(key: string, value: string): void {
  memory[key] = value
  try { localStorage.setItem(`halld.${screen}.${key}`, value) } catch { /* storage switched off: kept in memory */ }
}

function read(key: string): string {
  if (memory[key]) return memory[key]
  try { return localStorage.getItem(`halld.${screen}.${key}`) || '' } catch { return '' }
}

/** takeFragment keeps what the fragment holds and takes it out of the address and the history. */
export function takeFragment(name: string): void {
  screen = name
  const got = parseFragment(location.hash)
  for (const key of ['token', 'printer', 'reader', 'lang', 'window', 'zone']) if (got[key]) write(key, got[key])
  if (location.hash) history.replaceState(null, '', location.pathname + location.search)
}

export const token = (): string => read('token')
export const printer = (): string => read('printer') || 'none'
/** readers beside this kiosk: "reader-1,scanner-1". */
export const readers = (): string[] => read('reader').split(',').filter((r) => r)
export const kept = read
export const keep = write

/** randomID works on plain http too, where crypto.randomUUID does not exist. */
export function randomID(): string {
  const bytes = new Uint8Array(16)
  crypto.getRandomValues(bytes)
  return Array.from(bytes, (b) => ('0' + b.toString(16)).slice(-2)).join('')
}
