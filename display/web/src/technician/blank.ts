/** blank is what a new profile starts from: the parts that every strip has, to be changed by the maker's sheet. */
export const blank = `id = "my-board"          # 大厅文件里的名字
maker = ""
model = ""
kind = "board"           # board, caller, pad, caller+pad, voice
driver = "described"
proof = "manual"         # manual, capture, hardware

[line]
baud = 9600
format = "8N1"
reply_ms = 0             # 它回答得多快; 0: 不回答

[param.addr]
max = 255

[frame.tx]               # 每条命令的外壳
parts = [{ hex = "AA 55" }, { len = "u8", of = "a..z" }, { mark = "a" }, { u8 = "addr" }, { body = true }, { mark = "z" }]

[op.show]                # 一条命令
args = ["addr", "text"]
body = [{ hex = "F8 21 00" }, { text = "text", enc = "gb2312", max = 200, term = "00" }]

[[vector]]               # 说明书里的例子: 检查时逐字节比较
op = "show"
args = { addr = 1, text = "欢迎光临" }
hex = "AA 55 0D 01 F8 21 00 BB B6 D3 AD B9 E2 C1 D9 00"

[role.board.calling]     # 大厅要显示什么
op = "show"
text = "请{number}号到{window}号窗口"
[role.board.serving]
op = "show"
text = "正在办理{number}号"
[role.board.idle]
op = "show"
text = "欢迎光临"
[role.board.paused]
op = "show"
text = "暂停服务"
[role.board.closed]
op = "show"
text = "下班"
`
