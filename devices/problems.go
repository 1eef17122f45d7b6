package devices

import "time"

// words holds every problem a device can have: one literal each, so that a fault has one wording everywhere.
var words = map[string]Problem{
	"unplugged":        {Severity: Failing, Text: "设备端口不存在", TextEn: "The port of this device does not exist.", Hint: "检查设备电源和数据线，重新插好；恢复后自动连接。", HintEn: "Check power and cable and plug it in again; it reconnects by itself."},
	"port-denied":      {Severity: Failing, Text: "无权打开端口", TextEn: "The port may not be opened.", Hint: "把运行账户加入 dialout 组，然后重启服务。", HintEn: "Add the service account to the group dialout and restart the service."},
	"port-busy":        {Severity: Failing, Text: "端口被其他程序占用", TextEn: "Another program holds the port.", Hint: "关闭占用端口的程序；不要同时运行两套系统。", HintEn: "Stop the other program; do not run two systems on one port."},
	"silent":           {Severity: Failing, Text: "设备没有应答", TextEn: "The device does not answer.", Hint: "检查设备是否通电、地址和波特率是否与配置一致。", HintEn: "Check that it has power and that address and baud rate match the set-up."},
	"bad-checksum":     {Severity: Warning, Text: "收到的数据校验错误", TextEn: "Frames with wrong checksums arrive.", Hint: "检查屏蔽线和接地，远离强电；必要时降低波特率。", HintEn: "Check shielding and earth, keep away from mains cables; lower the baud rate if needed."},
	"garbage":          {Severity: Warning, Text: "线路上有无法识别的数据", TextEn: "Bytes that make no sense arrive.", Hint: "检查波特率和型号配置是否正确。", HintEn: "Check baud rate and profile."},
	"refused":          {Severity: Warning, Text: "设备拒绝了命令", TextEn: "The device refused a command.", Hint: "核对设备型号与配置文件。", HintEn: "Check the model against its profile."},
	"write-stalled":    {Severity: Failing, Text: "数据发不出去", TextEn: "Bytes cannot be sent.", Hint: "检查流控线（RTS/CTS）和设备是否脱机。", HintEn: "Check flow-control lines and whether the device is off line."},
	"wrong-kind":       {Severity: Failing, Text: "设备类型与型号不符", TextEn: "The kind of this device does not go with its profile.", Hint: "在大厅配置里改正 kind 或 profile。", HintEn: "Put kind or profile right in the hall file."},
	"no-window":        {Severity: Failing, Text: "设备没有所属窗口", TextEn: "This device stands at no window.", Hint: "在大厅配置里写上 window；没有窗口的设备什么也不会显示。", HintEn: "Write its window in the hall file; without one it shows nothing."},
	"paper-out":        {Severity: Failing, Text: "打印纸用完", TextEn: "Paper is out.", Hint: "换上新的热敏纸卷（热敏面朝外），合上机盖。", HintEn: "Load a new thermal roll, coated side out, and close the cover."},
	"paper-low":        {Severity: Warning, Text: "打印纸即将用完", TextEn: "Paper is nearly out.", Hint: "准备好新纸卷，空闲时更换。", HintEn: "Have a new roll at hand and change it when it is quiet."},
	"cover-open":       {Severity: Failing, Text: "打印机盖打开", TextEn: "The printer's cover is open.", Hint: "合上打印机盖。", HintEn: "Close the cover."},
	"cutter":           {Severity: Failing, Text: "切刀故障", TextEn: "The cutter is jammed.", Hint: "断电，取出碎纸，拨动切刀复位后再通电。", HintEn: "Switch it off, remove scraps of paper, set the cutter back, switch it on."},
	"printer-error":    {Severity: Failing, Text: "打印机故障", TextEn: "The printer reports a fault.", Hint: "关机再开；仍有故障请联系维修。", HintEn: "Switch it off and on; call service if it stays."},
	"overheated":       {Severity: Warning, Text: "打印头过热", TextEn: "The print head is too hot.", Hint: "等几分钟，会自动恢复。", HintEn: "Wait some minutes; it goes on by itself."},
	"offline":          {Severity: Failing, Text: "打印机脱机", TextEn: "The printer is off line.", Hint: "按面板上的联机键，检查纸和机盖。", HintEn: "Press its on-line key; check paper and cover."},
	"unproved":         {Severity: Warning, Text: "未能确认号票已打印", TextEn: "It could not be proved that the ticket was printed.", Hint: "请查看出纸口；没有号票时按补打。", HintEn: "Look at the paper slot; if there is no ticket, reprint it."},
	"jam":              {Severity: Failing, Text: "打印机卡纸", TextEn: "Paper is jammed.", Hint: "打开机盖，沿出纸方向取出卡住的纸，再合上。", HintEn: "Open the cover, pull the jammed paper out the way it runs, close it again."},
	"presenter":        {Severity: Failing, Text: "出纸机构故障", TextEn: "The presenter is stuck.", Hint: "检查出纸口有无异物；断电后再通电。", HintEn: "Look for something in the paper outlet; switch the printer off and on."},
	"ticket-not-taken": {Severity: Warning, Text: "号票未被取走", TextEn: "A ticket was not taken.", Hint: "请取走出纸口的号票。", HintEn: "Take the ticket out of the outlet."},
	"voltage":          {Severity: Warning, Text: "打印机电压异常", TextEn: "The printer's supply voltage is wrong.", Hint: "检查电源适配器的型号和接头。", HintEn: "Check that the power adapter is the right one and well plugged in."},
	"no-character":     {Severity: Warning, Text: "有字无法显示", TextEn: "A character cannot be shown.", Hint: "安装字库（软件包 unifont），或在配置里换一种写法。", HintEn: "Install more characters (the package unifont), or write it another way in the set-up."},
	"stuck-button":     {Severity: Warning, Text: "按键一直处于按下状态", TextEn: "A button has been pressed for a long time.", Hint: "检查按键是否卡住、有无物品压住、接线是否短路；松开后自动恢复。", HintEn: "See whether it is jammed, something lies on it, or its wires touch; released, it works again."},
	"output-failed":    {Severity: Failing, Text: "输出线路无法控制", TextEn: "An output line cannot be switched.", Hint: "检查继电器板的供电和接线，然后重新插好 GPIO 扩展板。", HintEn: "Check power and wires of the relay board, then plug the GPIO board in again."},
	"no-sound":         {Severity: Failing, Text: "无法播放声音", TextEn: "No sound can be played.", Hint: "检查声卡和功放是否接好；安装 alsa-utils，用 aplay -L 查看声卡名称。", HintEn: "Check sound card and amplifier; install alsa-utils and look with aplay -L how the card is called."},
	"piece-missing":    {Severity: Failing, Text: "缺少语音片段，叫号未播出", TextEn: "A piece of the voice is missing; a call was not spoken.", Hint: "安装 espeak-ng，或按 halld voice pieces 的清单录音放入文件夹。", HintEn: "Install espeak-ng, or record the pieces that halld voice pieces lists and lay them in the folder."},
	"unspoken":         {Severity: Warning, Text: "有叫号未能播出", TextEn: "Calls were not spoken.", Hint: "请留意屏幕叫号；检查该区语音设备和喇叭，原因见日志。", HintEn: "Call people by the boards; check the voices and loudspeakers of this zone. The log says why."},
	"bad-recording":    {Severity: Warning, Text: "录音文件无法使用", TextEn: "A recording cannot be used.", Hint: "按 halld voice pieces 检查该文件，重新存为 16 位 PCM 的 WAV。", HintEn: "Look with halld voice pieces; save the file again as WAV, PCM, 16 bits."},
	"on-bench":         {Severity: Warning, Text: "设备正在调试台上试用", TextEn: "The device is being tried on the bench.", Hint: "试用结束后自动恢复。", HintEn: "It comes back by itself when the trial ends."},
	"bad-template":     {Severity: Warning, Text: "号票模板有误，已改用默认模板打印", TextEn: "The ticket template is wrong; tickets are printed with the usual one.", Hint: "用 halld ticket check 检查模板，改正后用 halld apply 更新。", HintEn: "Check it with halld ticket check, mend it, and halld apply the hall file."},
	"font-missing":     {Severity: Warning, Text: "缺少汉字字体，号票上有的字以编码代替", TextEn: "No installed font has a character of this ticket; its code stands in its place.", Hint: "安装字体软件包 fonts-noto-cjk，或在设备设置 font 中写明字体文件。", HintEn: "Install the package fonts-noto-cjk, or name a font file in the device's setting font."},
	"weak-proof":       {Severity: Warning, Text: "打印机不支持所配置的打印确认", TextEn: "The printer does not answer what its profile promises; prints are proved in a weaker way.", Hint: "核对打印机型号；或在设备设置中写 confirm，改用较弱的确认方式。", HintEn: "Check the model, or set confirm of this device to the weaker proof."},
	"bad-profile":      {Severity: Failing, Text: "设备配置有误", TextEn: "The device's set-up is wrong.", Hint: "用 halld profile check 检查配置文件。", HintEn: "Check the file with halld profile check."},
}

// NewProblem makes the problem with this code for a device; an unknown code is a fault of the program and reads as such.
func NewProblem(device, code string, at time.Time) Problem {
	p, ok := words[code]
	if !ok {
		p = Problem{Severity: Failing, Text: "未知故障 " + code, TextEn: "Unknown fault " + code + ".", Hint: "请联系技术人员。", HintEn: "Call the technician."}
	}
	p.Device, p.Code, p.Since = device, code, at
	return p
}

// ProblemCodes lists every code a device can report, in no order.
func ProblemCodes() []string {
	codes := make([]string, 0, len(words))
	for c := range words {
		codes = append(codes, c)
	}
	return codes
}
