package catalogue

import "slices"

// Paper is the document that something rests on, with its number and date.
type Paper struct {
	Name   string `json:"name,omitempty" toml:"name,omitempty"`
	Number string `json:"number,omitempty" toml:"number,omitempty"`
	Date   Date   `json:"date,omitempty" toml:"date,omitempty"`
}

// IsZero says that no paper is named.
func (p Paper) IsZero() bool { return p == Paper{} }

// UnitForm 股室形式 is how a department has its approvals together (两集中).
type UnitForm string

// The forms.
const (
	UnitNew   UnitForm = "new"   // 新设行政许可股
	UnitAdded UnitForm = "added" // 加挂牌子
	UnitNone  UnitForm = "none"  // 暂不设，有专门工作人员联系
)

// Department 部门 is an authority. It holds from From until Until, both included; empty means without end on that side.
type Department struct {
	ID           string   `json:"id" toml:"id"`
	Name         string   `json:"name" toml:"name"`
	NameEn       string   `json:"name_en,omitempty" toml:"name_en,omitempty"`
	Required     bool     `json:"required_on_hall,omitempty" toml:"required_on_hall,omitempty"` // 应进驻
	Unit         UnitForm `json:"unit,omitempty" toml:"unit,omitempty"`
	UnitPaper    Paper    `json:"unit_paper,omitzero" toml:"unit_paper,omitempty"`
	Liaison      string   `json:"liaison,omitempty" toml:"liaison,omitempty"` // whom the 综合窗口 asks
	LiaisonPhone string   `json:"liaison_phone,omitempty" toml:"liaison_phone,omitempty"`
	From         Date     `json:"from,omitempty" toml:"from,omitempty"`
	Until        Date     `json:"until,omitempty" toml:"until,omitempty"`
}

// On says whether it holds on a date.
func (d Department) On(date Date) bool { return within(date, d.From, d.Until) }

func within(d, from, until Date) bool {
	return (from == "" || from <= d) && (until == "" || d <= until)
}

// Kind 事项类型 is what kind of business an item is. Empty: not stated.
type Kind string

// The kinds.
const (
	Approval     Kind = "approval"     // 审批
	Permit       Kind = "permit"       // 许可
	Registration Kind = "registration" // 登记
	Confirmation Kind = "confirmation" // 确认
	Advice       Kind = "advice"       // 咨询
	Collection   Kind = "collection"   // 领证
	Payment      Kind = "payment"      // 缴费
	Other        Kind = "other"        // 其他
)

var kinds = []Kind{Approval, Permit, Registration, Confirmation, Advice, Collection, Payment, Other}

// Kinds returns all kinds.
func Kinds() []Kind { return slices.Clone(kinds) }

// NeedsListing says whether an item of this kind may be handled only when it stands on the published list (凡未列入的一律不得再审批).
func (k Kind) NeedsListing() bool { return k == Approval || k == Permit }

// Handling 办件类型 is whether an item is finished at once or by a promised day. Empty: not stated.
type Handling string

// The handlings.
const (
	AtOnce   Handling = "at-once"  // 即办件
	Promised Handling = "promised" // 承诺件
)

// Audience 服务对象 is for whom an item is.
type Audience string

// The audiences.
const (
	Enterprises Audience = "enterprises" // 企业
	Citizens    Audience = "citizens"    // 群众
)

// Level 授权 is who may decide on an item.
type Level string

// The levels.
const (
	AtWindow   Level = "at-window"   // 窗口
	BackOffice Level = "back-office" // 部门后台
	Centre     Level = "centre"      // 集中授权政务中心
)

// Authority 授权 is what has been declared about who decides, and the paper that declares it.
type Authority struct {
	Level Level `json:"level,omitempty" toml:"level,omitempty"`
	Paper Paper `json:"paper,omitzero" toml:"paper,omitempty"`
}

// IsZero says that nothing has been declared.
func (a Authority) IsZero() bool { return a == Authority{} }

// Exemption is the reason why an item is not brought into the hall.
type Exemption string

// The reasons.
const (
	ByLaw     Exemption = "law"     // 法律法规规定
	ByMeeting Exemption = "meeting" // 政府常务会议批准
)

// Absence says why an item stands outside the hall, and where that is written.
type Absence struct {
	Reason Exemption `json:"reason,omitempty" toml:"reason,omitempty"`
	Note   string    `json:"note,omitempty" toml:"note,omitempty"`
	Paper  Paper     `json:"paper,omitzero" toml:"paper,omitempty"`
}

// IsZero says that no reason is given.
func (a Absence) IsZero() bool { return a == Absence{} }

// Fee 收费 in fen. What is shown, and charged, is the lower bound (核定标准的下限). An item whose Fee is absent says nothing about fees;
// a Fee of nothing says that it is free.
type Fee struct {
	Lower   int64  `json:"lower" toml:"lower"`
	Upper   int64  `json:"upper,omitempty" toml:"upper,omitempty"` // 0: there is no range
	Basis   string `json:"basis,omitempty" toml:"basis,omitempty"` // 收费依据
	BasisEn string `json:"basis_en,omitempty" toml:"basis_en,omitempty"`
	Per     string `json:"per,omitempty" toml:"per,omitempty"` // 件, 证, 平方米; empty: for all
	PerEn   string `json:"per_en,omitempty" toml:"per_en,omitempty"`
	Paper   Paper  `json:"paper,omitzero" toml:"paper,omitempty"`
}

// Shown returns what people are told, in fen: the lower bound.
func (f Fee) Shown() int64 { return f.Lower }

// Material 申报材料 is one paper that people bring.
type Material struct {
	Name   string `json:"name" toml:"name"`
	NameEn string `json:"name_en,omitempty" toml:"name_en,omitempty"`
	Form   string `json:"form,omitempty" toml:"form,omitempty"` // 原件, 复印件, 电子件
	FormEn string `json:"form_en,omitempty" toml:"form_en,omitempty"`
	Copies int    `json:"copies,omitempty" toml:"copies,omitempty"`
	Issuer string `json:"issuer,omitempty" toml:"issuer,omitempty"` // who issues it
	When   string `json:"when,omitempty" toml:"when,omitempty"`     // in which case it is needed; empty: always
	WhenEn string `json:"when_en,omitempty" toml:"when_en,omitempty"`
}

// Disclosure 公开 is the text of what the hall makes public about an item. Of the seven (办事七公开) it holds the four that are text;
// materials, fee and time limit are fields of the item.
type Disclosure struct {
	LegalBasis   string `json:"legal_basis,omitempty" toml:"legal_basis,omitempty"`
	LegalBasisEn string `json:"legal_basis_en,omitempty" toml:"legal_basis_en,omitempty"`
	Procedure    string `json:"procedure,omitempty" toml:"procedure,omitempty"`
	ProcedureEn  string `json:"procedure_en,omitempty" toml:"procedure_en,omitempty"`
	Conditions   string `json:"conditions,omitempty" toml:"conditions,omitempty"`
	ConditionsEn string `json:"conditions_en,omitempty" toml:"conditions_en,omitempty"`
	Complaints   string `json:"complaints,omitempty" toml:"complaints,omitempty"` // where to complain
	ComplaintsEn string `json:"complaints_en,omitempty" toml:"complaints_en,omitempty"`
}

// IsZero says that nothing is made public.
func (d Disclosure) IsZero() bool { return d == Disclosure{} }

// Public names one of the seven.
type Public string

// The seven 办事七公开.
const (
	LegalBasis Public = "legal_basis" // 法律依据
	Procedure  Public = "procedure"   // 办事程序
	Conditions Public = "conditions"  // 申请条件
	Materials  Public = "materials"   // 申报材料
	FeeBasis   Public = "fee"         // 收费依据及标准
	TimeLimit  Public = "time_limit"  // 办事时限
	Complaints Public = "complaints"  // 投诉渠道
)

var seven = []Public{LegalBasis, Procedure, Conditions, Materials, FeeBasis, TimeLimit, Complaints}

// Seven returns the seven in their order.
func Seven() []Public { return slices.Clone(seven) }

// Item 事项 is one piece of business, as it holds from From until Until, both included. What changes is a second Item of the same id with other dates.
type Item struct {
	ID          string   `json:"id" toml:"id"`
	Code        string   `json:"code,omitempty" toml:"code,omitempty"` // 实施清单编码
	Name        string   `json:"name" toml:"name"`
	NameEn      string   `json:"name_en,omitempty" toml:"name_en,omitempty"`
	Aliases     []string `json:"aliases,omitempty" toml:"aliases,omitempty"` // other words that people look for
	Department  string   `json:"department" toml:"department"`
	Section     string   `json:"section,omitempty" toml:"section,omitempty"` // 股室
	Queue       string   `json:"queue" toml:"queue"`
	From        Date     `json:"from,omitempty" toml:"from,omitempty"`
	Until       Date     `json:"until,omitempty" toml:"until,omitempty"`
	Bring       []string `json:"bring,omitempty" toml:"bring,omitempty"` // what to bring, at most three lines, printed on the ticket
	BringEn     []string `json:"bring_en,omitempty" toml:"bring_en,omitempty"`
	Minutes     int      `json:"usual_minutes,omitempty" toml:"usual_minutes,omitempty"` // how long it usually takes at the window
	Kind        Kind     `json:"kind,omitempty" toml:"kind,omitempty"`
	Handling    Handling `json:"handling,omitempty" toml:"handling,omitempty"`
	LegalDays   int      `json:"statutory_days,omitempty" toml:"statutory_days,omitempty"` // 法定时限 in working days; 0: the law sets none
	PromiseDays int      `json:"promised_days,omitempty" toml:"promised_days,omitempty"`   // 承诺时限 in working days

	For            []Audience `json:"for,omitempty" toml:"for,omitempty"`
	NeedsSiteCheck bool       `json:"needs_site_check,omitempty" toml:"needs_site_check,omitempty"` // 现场查验
	NeedsHearing   bool       `json:"needs_hearing,omitempty" toml:"needs_hearing,omitempty"`       // 听证
	NeedsTest      bool       `json:"needs_test,omitempty" toml:"needs_test,omitempty"`             // 检测
	NotDelegable   bool       `json:"not_delegable,omitempty" toml:"not_delegable,omitempty"`       // 不能授权：审批负责人要到窗口审批
	Authority      Authority  `json:"authority,omitzero" toml:"authority,omitempty"`
	Listed         bool       `json:"listed,omitempty" toml:"listed,omitempty"` // stands on the published list of items
	ListPaper      Paper      `json:"list_paper,omitzero" toml:"list_paper,omitempty"`
	OffHall        bool       `json:"off_hall,omitempty" toml:"off_hall,omitempty"` // handled elsewhere, not in this hall
	Absence        Absence    `json:"absence,omitzero" toml:"absence,omitempty"`    // why it is off the hall
	Source         Paper      `json:"source,omitzero" toml:"source,omitempty"`      // the paper that sets the item up

	Disclosure  Disclosure `json:"disclosure,omitzero" toml:"disclosure,omitempty"`
	Fee         *Fee       `json:"fee,omitempty" toml:"fee,omitempty"`
	Materials   []Material `json:"materials,omitempty" toml:"material,omitempty"`
	NoMaterials bool       `json:"no_materials,omitempty" toml:"no_materials,omitempty"` // nothing need be brought, and that is said
}

// On says whether this version holds on a date.
func (it Item) On(date Date) bool { return within(date, it.From, it.Until) }

// Given says whether one of the seven is made public.
func (it Item) Given(p Public) bool {
	switch p {
	case LegalBasis:
		return it.Disclosure.LegalBasis != ""
	case Procedure:
		return it.Disclosure.Procedure != ""
	case Conditions:
		return it.Disclosure.Conditions != ""
	case Materials:
		return len(it.Materials) > 0 || it.NoMaterials
	case FeeBasis:
		return it.Fee != nil && (it.Fee.Upper == 0 && it.Fee.Lower == 0 || it.Fee.Basis != "")
	case TimeLimit:
		return it.Handling == AtOnce || it.PromiseDays > 0
	case Complaints:
		return it.Disclosure.Complaints != ""
	default:
		return false
	}
}

// Withheld returns which of the seven are not made public, in their order.
func (it Item) Withheld() []Public {
	return slices.DeleteFunc(Seven(), it.Given)
}

// FinishedAtOnce says whether an item must be finished at once when its papers are complete: nothing has to be looked at, heard or tested.
func (it Item) FinishedAtOnce() bool { return !it.NeedsSiteCheck && !it.NeedsHearing && !it.NeedsTest }

// LongestPromise returns the longest promise, in working days, that shortens a statutory limit by at least 30 %; 0 means that it must be done at once.
func LongestPromise(statutory int) int { return 7 * max(statutory, 0) / 10 }

// Shortened returns by how much the promise shortens the statutory limit, as tenths of a percent rounded down. It is false where the law sets no limit
// or nothing is promised; such an item stays out of the rate.
func (it Item) Shortened() (permille int, ok bool) {
	switch {
	case it.LegalDays <= 0:
		return 0, false
	case it.Handling == AtOnce:
		return 1000, true
	case it.PromiseDays <= 0:
		return 0, false
	default:
		return floorDiv(1000*(it.LegalDays-it.PromiseDays), it.LegalDays), true
	}
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
