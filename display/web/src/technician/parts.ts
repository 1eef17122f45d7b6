/** parts are what a frame is made of, to be put in at the cursor. The whole list with all its keys is firmware-configs/README.md. */
export const parts: { code: string; zh: string; en: string }[] = [
  { code: '{ hex = "AA 55" }', zh: '固定的字节', en: 'fixed bytes' },
  { code: '{ str = "<ID" }', zh: '固定的字符', en: 'fixed characters' },
  { code: '{ body = true }', zh: '命令的内容放在这里（只在帧里）', en: 'where the command stands (in frames only)' },
  { code: '{ u8 = "addr" }', zh: '一个字节的数', en: 'a number of one byte' },
  { code: '{ u16be = "value" }', zh: '两个字节的数，高位在前（u16le 低位在前）', en: 'two bytes, high byte first (u16le: low byte first)' },
  { code: '{ digits = "ticket", width = 3 }', zh: '每位数字一个字节', en: 'one byte for each digit' },
  { code: '{ dec = "value", width = 3 }', zh: '写成十进制字符的数', en: 'a number in decimal characters' },
  { code: '{ text = "text", enc = "gbk", max = 40, term = "00" }', zh: '文字：编码、最长字节数、结尾', en: 'text: character set, longest, what ends it' },
  { code: '{ mark = "a" }', zh: '标记：长度和校验从这里算起或到这里为止，不占字节', en: 'a mark for lengths and checksums; takes no byte' },
  { code: '{ len = "u8", of = "a..z" }', zh: '两个标记之间的字节数', en: 'how many bytes lie between two marks' },
  { code: '{ sum = "sum8", of = "a..z" }', zh: '校验:sum8、xor8、crc16-modbus 等', en: 'a checksum: sum8, xor8, crc16-modbus and others' },
  { code: '{ pause = 50 }', zh: '停 50 毫秒', en: 'a rest of 50 ms' },
  { code: 'reply = [{ hex = "06", is = "ok" }, { hex = "15", is = "refused" }]', zh: '命令的应答（写在 [op.…] 里，[line] 的 reply_ms 要大于 0）', en: 'what it answers (in [op.…], with reply_ms above 0 in [line])' },
  { code: 'events = ["key"]\n[frame.rx]\nparts = [{ hex = "FF" }, { body = true }]\n[event.key]\nbody = [{ u8 = "key", map = { call = 1, recall = 2, finish = 3 } }]\n[role.caller]\ncall = "call"\nrecall = "recall"\nfinish = "finish"', zh: '按键：设备自己发来的帧，每个键在大厅里的意思（events 写在最上面）', en: 'keys: what it sends by itself, and what each means in a hall (events stands at the top)' },
]
