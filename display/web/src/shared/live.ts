import { reactive, shallowRef } from 'vue'
import { get } from './api'
import { heard, seen } from './build'
import { patch } from './patch'
import { token } from './session'
import type { Day, Hall, LiveMessage } from './types'
import { setZone } from './zone'

/** hall is the last known state; it stays in view while the line is down. */
export const hall = shallowRef<Hall | null>(null)
export const live = reactive({ offlineSince: null as Date | null, refused: false, now: Date.now() })

type Watcher = (m: LiveMessage) => void
const watchers: Watcher[] = []
let seq = 0
let skew = 0
let tries = 0

/** onMessage tells of every message, after the hall was brought up to it. */
export function onMessage(w: Watcher): void { watchers.push(w) }

/** jitter: half a second to five, longer after failures, never the same for all screens. */
export function jitter(n: number, random: () => number = Math.random): number {
  const top = Math.min(5000, 1000 * Math.pow(2, n))
  return 500 + random() * (top - 500)
}

/** take applies a message; false means a gap: the line must be opened again, from a snapshot. */
function take(m: LiveMessage): boolean {
  heard(m.hall?.build)
  if (m.type === 'snapshot') {
    seq = m.seq
    hall.value = m.hall
    if (m.hall.day) setZone(m.hall.day.zone)
    clock(m.hall.now)
  } else {
    if (m.seq <= seq) return true
    if (m.seq !== seq + 1 || !hall.value) {
      seq = 0
      return false
    }
    seq = m.seq
    if (m.hall) {
      hall.value = patch(hall.value, m.hall)
      if (hall.value.day) setZone(hall.value.day.zone)
      clock(m.hall.now)
    }
    if (m.kind === 'hall.configured') void reload() // names may have changed
  }
  for (const w of watchers) w(m)
  return true
}

async function reload(): Promise<void> {
  try {
    const h = await get<Hall>('/api/hall')
    if (h.seq < seq) return
    seq = h.seq
    hall.value = h
  } catch { /* the next snapshot brings it */ }
}

/** look at the day now and then: a clock becomes doubtful, and an opening time passes, without an event. */
async function lookAtDay(): Promise<void> {
  if (!hall.value || live.offlineSince) return
  const before = seq
  try {
    const day = await get<Day>('/api/day')
    if (hall.value && seq === before) hall.value = { ...hall.value, day }
  } catch { /* the next look, or the next message */ }
}

function clock(now: string): void {
  const t = Date.parse(now)
  if (!isNaN(t)) skew = t - Date.now()
  live.now = Date.now() + skew
}

function lost(): void {
  if (!live.offlineSince) live.offlineSince = new Date(Date.now() + skew)
}

let drop: (() => void) | null = null

/** connect opens the line and keeps it open. */
function connect(): void {
  const proto = location.protocol === 'https:' ? 'wss://' : 'ws://'
  let ws: WebSocket | null = null
  let opened = false
  let over = false
  const again = () => {
    if (over) return
    over = true
    clearTimeout(early)
    if (ws) ws.close()
    lost()
    if (!opened && tries > 1 && !hall.value) live.refused = true
    setTimeout(connect, jitter(tries++))
  }
  drop = again
  const early = setTimeout(() => { if (!opened) again() }, 8000)
  try {
    ws = new WebSocket(`${proto}${location.host}/api/live?after=${hall.value ? seq : 0}`, ['halld', 'bearer.' + token()])
  } catch {
    again() // the token is no protocol name
    return
  }
  ws.onopen = () => {
    opened = true
    tries = 0
    missed = 0
    live.refused = false
    live.offlineSince = null
    clearTimeout(early)
    if (hall.value) seen() // it was away: it may be another program now
  }
  ws.onmessage = (e) => {
    if (over) return
    let m: LiveMessage
    try { m = JSON.parse(String(e.data)) } catch { return }
    if (!take(m)) again()
  }
  ws.onerror = again
  ws.onclose = again
}

// A pulled cable closes no socket: the hall is asked whether it is there, and after two silences the line counts as lost.
let missed = 0
function watch(): void {
  let answered = false
  const done = (ok: boolean) => {
    if (answered) return
    answered = true
    missed = ok ? 0 : missed + 1
    if (missed >= 2 && drop) drop()
    setTimeout(watch, 5000)
  }
  setTimeout(() => done(false), 5000)
  fetch('/healthz', { cache: 'no-store' }).then(() => done(true), () => done(false))
}

/** begin is called once by a screen. */
export function begin(): void {
  connect()
  setTimeout(watch, 5000)
  setInterval(() => { void lookAtDay() }, 60000)
  setInterval(() => { live.now = Date.now() + skew }, 1000)
  addEventListener('offline', () => { if (drop) drop() })
}
