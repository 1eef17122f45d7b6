import type { Refusal } from '../shared/api'

/** Wrong is one mistake of a hall file, with its line where it has one. */
export interface Wrong { line: number; zh: string; en: string }

/** wrongsOf reads the places of mistakes: "hall:12:3" is line 12. */
export const wrongsOf = (no: Refusal): Wrong[] => no.reasons.map((r) => {
  const m = /^hall:(\d+)/.exec(r.at)
  return { line: m ? Number(m[1]) : 0, zh: r.zh, en: r.en }
})

/** lineAt is where a line of a text begins and ends. */
export function lineAt(text: string, n: number): [number, number] {
  const lines = text.split('\n')
  const at = lines.slice(0, n - 1).reduce((sum, l) => sum + l.length + 1, 0)
  return [at, at + (lines[n - 1] || '').length]
}
