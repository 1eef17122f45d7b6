import { ref } from 'vue'
import { get } from '../shared/api'
import { readers } from '../shared/session'

export interface Held { id: string; number: string; queue: string }
/** Reading is what a reader beside this kiosk read last. Of a card it is a class and a masked name, never more. */
export interface Reading { id: string; kind?: 'card' | 'code' | 'unreadable'; class?: string; name?: string; tickets: Held[]; code?: string }

/** useReaders asks each reader of this kiosk, one after the other question, and hands on what is new. It goes on until stop is called. */
export function useReaders(got: (r: Reading) => void): { any: boolean; stop: () => void } {
  const going = ref(true)
  const names = readers()
  for (const name of names) void ask(name)
  return { any: names.length > 0, stop: () => { going.value = false } }

  async function ask(name: string): Promise<void> {
    let known = ''
    let first = true
    while (going.value) {
      try {
        const r = await get<Reading>(`/api/readers/${encodeURIComponent(name)}/reading?after=${encodeURIComponent(known)}`)
        if (r.id) {
          known = r.id
          if (!first && going.value) got(r) // what was read before this page stood there is another citizen's
        }
        first = false
      } catch {
        await new Promise((done) => setTimeout(done, 3000)) // the page says by itself that the hall is away
      }
    }
  }
}
