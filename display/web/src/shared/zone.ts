// The hall's own time. A screen may stand in another zone, or its machine may not know where it is: what is shown is the hall's time.

let made: { zone: string; format: Intl.DateTimeFormat } | null = null

/** setZone is told the hall's zone; one that the browser does not know is the machine's own. */
export function setZone(zone: string): void {
  if (made && made.zone === zone) return
  const parts = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hour12: false } as const
  try {
    made = { zone, format: new Intl.DateTimeFormat('en-GB', { ...parts, timeZone: zone }) }
  } catch {
    made = { zone, format: new Intl.DateTimeFormat('en-GB', parts) }
  }
}

export interface Moment { date: string; year: number; month: number; day: number; weekday: number; time: string }

/** moment is a time as the hall's calendar and clock show it. */
export function moment(at: number): Moment {
  if (!made) setZone('')
  const p: Record<string, string> = {}
  for (const x of made!.format.formatToParts(new Date(at))) p[x.type] = x.value
  const hour = p.hour === '24' ? '00' : p.hour // old browsers begin the day at 24
  const [year, month, day] = [Number(p.year), Number(p.month), Number(p.day)]
  return { date: `${p.year}-${p.month}-${p.day}`, year, month, day, weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay(), time: `${hour}:${p.minute}` }
}
