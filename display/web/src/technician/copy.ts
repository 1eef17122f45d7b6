/** copyText puts a text on the clipboard. Plain http has no clipboard of its own: there an invisible field is copied from. */
export async function copyText(text: string): Promise<void> {
  try { await navigator.clipboard.writeText(text) } catch {
    const area = document.createElement('textarea')
    area.value = text
    document.body.appendChild(area)
    area.select()
    document.execCommand('copy')
    document.body.removeChild(area)
  }
}
