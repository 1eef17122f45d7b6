// An unattended screen takes up a new build by itself: when the page that the hall would give now is another one than this, it reloads as soon as nobody is in the midst of something.

/** assets names what a page loads. The names hold a hash, so another name is another build. */
export function assets(html: string): string[] {
  return (html.match(/assets\/[\w.-]+\.(?:js|css)\b/g) || []).filter((a, i, all) => all.indexOf(a) === i)
}

/** isOther reports whether a page of the hall is of another build than one that loaded mine. A page without assets is no screen: a proxy's error, or a build under way. */
export function isOther(mine: string[], html: string): boolean {
  const theirs = assets(html)
  return mine.length > 0 && theirs.length > 0 && theirs.some((a) => mine.indexOf(a) < 0)
}

const restMs = 10 * 60 * 1000
const kept = 'halld.reloaded'
let mine: string[] = []
let known = ''
let due = false
let asking = false

/** look asks the hall whether there is another build. */
async function look(): Promise<boolean> {
  try {
    const res = await fetch(location.pathname, { cache: 'no-store' })
    return res.ok && isOther(mine, await res.text())
  } catch {
    return false // the hall is away: it is asked again when it is back
  }
}

/** heard is told the build of a message. */
export function heard(build: string | undefined): void {
  if (!build || build === known) return
  if (known) seen()
  known = build
}

/** seen is told that the hall may be another one than before. */
export function seen(): void {
  if (mine.length && !due) void look().then((other) => { due = due || other })
}

/** reloadedLately keeps a screen from reloading again and again where something between it and the hall gives out old pages. */
function reloadedLately(): boolean {
  try {
    if (Date.now() - Number(sessionStorage.getItem(kept) || 0) < restMs) return true
    sessionStorage.setItem(kept, String(Date.now()))
  } catch { return true }
  return false
}

/** keepFresh lets the screen reload while idle says that nobody minds. */
export function keepFresh(idle: () => boolean): void {
  const own = document.querySelectorAll('script[src],link[href]')
  mine = assets(Array.from(own).map((e) => e.getAttribute('src') || e.getAttribute('href') || '').join(' '))
  setInterval(() => {
    if (!due || asking || !idle()) return
    asking = true
    void look().then((other) => { // a reload while the hall is away would leave an error page for ever
      asking = false
      if (other && idle() && !reloadedLately()) location.reload()
    })
  }, 2000)
}
