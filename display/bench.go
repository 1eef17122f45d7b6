package display

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"halld/devices"
)

// Bench is the technician's bench: the devices of the hall by their lines. Refusals are *queue.Refusal with the codes of problem.go; a device that does
// not do what it should is no refusal but a BenchResult that is not ok. Who is the name of the token, for the log.
type Bench interface {
	Devices() []BenchDevice
	// Ports lists what is plugged in now.
	Ports() []BenchPort
	Profiles() []BenchProfile
	// ProfileText is the file of a profile, to look at or to start a new one from.
	ProfileText(id string) (BenchText, error)

	Probe(ctx context.Context, who, device string) (BenchResult, error)
	// Exercise lets a device do all that its roles can. While a service day is open it is refused with ConfirmNeeded unless it is confirmed.
	Exercise(ctx context.Context, who, device string, confirmed bool) (BenchResult, error)
	Send(ctx context.Context, who, device string, what BenchSend) (BenchResult, error)
	// Clear lets a printer give up what it holds; a print under way is unknown then. While a service day is open it wants to be confirmed, too.
	Clear(ctx context.Context, who, device string, confirmed bool) (BenchResult, error)
	// Restart opens a device anew. Also names others of its line that had to be opened anew with it.
	Restart(who, device string) (also []string, err error)
	// Saw notes that who stood before a device and saw it work. Of what gives no answer nothing else tells.
	Saw(who, device string, at time.Time) error
	// Identify has the boards show their own window numbers for some seconds; 0 seconds ends it now. An empty device means all of them.
	Identify(ctx context.Context, who, device string, seconds int) (BenchIdentified, error)

	Check(text string) BenchCheck
	// Try runs the exercise with a profile that is not in use yet. The devices of the port wait meanwhile.
	Try(ctx context.Context, who string, what BenchTry) (BenchResult, error)
	// Use keeps a profile for good, and opens the devices that are set up with it anew.
	Use(who, text string) (BenchUsed, error)
	Teach(ctx context.Context, who string, what BenchTeach) (BenchTaught, error)

	// Watch gives what went over the line of a device and then what goes: the channel is closed when its reader falls behind. Session is all that is
	// kept of it, as a .session file.
	Watch(device string) (past []BenchPiece, next <-chan BenchPiece, stop func(), err error)
	Session(device string) (string, error)
}

// BenchDevice is one device with its line.
type BenchDevice struct {
	devices.Health
	Words    string            `json:"words" doc:"how it is, in Chinese; what was only sent is never called well"`
	WordsEn  string            `json:"words_en"`
	Model    string            `json:"model" doc:"maker and model of its profile"`
	Line     string            `json:"line" doc:"such as 9600 8N1; empty: its profile is not known"`
	Address  int               `json:"address,omitempty"`
	Set      map[string]string `json:"set,omitempty"`
	Received uint64            `json:"received" doc:"bytes that came over its line since the start"`
	Sent     uint64            `json:"sent"`
	Board    bool              `json:"board" doc:"it can show its window number"`
	Past     []BenchPast       `json:"past" nullable:"false" doc:"the last problems that are over, oldest first"`
}

// BenchPast is a problem that is over.
type BenchPast struct {
	devices.Problem
	Ended time.Time `json:"ended"`
}

// BenchPort is a port that exists now.
type BenchPort struct {
	Path    string   `json:"path" doc:"as the hall file names it; stays the same when the cable is plugged in again, where the system knows such a name"`
	Name    string   `json:"name,omitempty" doc:"what the system says of it"`
	Device  string   `json:"device,omitempty" doc:"the device file behind it"`
	Devices []string `json:"devices" nullable:"false" doc:"that are set up at it"`
}

// BenchProfile is a model with what can be asked of it.
type BenchProfile struct {
	ID      string      `json:"id"`
	Maker   string      `json:"maker"`
	Model   string      `json:"model"`
	Kind    string      `json:"kind"`
	Driver  string      `json:"driver"`
	Proof   string      `json:"proof" enum:"manual,capture,hardware"`
	Line    string      `json:"line"`
	Own     bool        `json:"own" doc:"it was made at this bench, and can be changed there"`
	Caveats []string    `json:"caveats" nullable:"false"`
	Ops     []BenchOp   `json:"ops" nullable:"false"`
	Set     []BenchAsks `json:"set" nullable:"false" doc:"what the hall file may set, for a form"`
}

// BenchOp is an operation with its form.
type BenchOp struct {
	Name  string      `json:"name"`
	Asks  []BenchAsks `json:"asks" nullable:"false"`
	Steps []string    `json:"steps,omitempty" doc:"of a dialogue: what each step sends, or after < waits for"`
}

// BenchAsks is one field of a form.
type BenchAsks struct {
	Name    string   `json:"name"`
	Kind    string   `json:"kind" enum:"int,choice,text,flag"`
	Label   string   `json:"label,omitempty" doc:"Chinese"`
	LabelEn string   `json:"label_en,omitempty"`
	Needed  bool     `json:"needed"`
	Default string   `json:"default,omitempty"`
	Min     *int64   `json:"min,omitempty"`
	Max     *int64   `json:"max,omitempty"`
	Of      []string `json:"of,omitempty" doc:"one of these words"`
}

// BenchText is the file of a profile.
type BenchText struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	Own  bool   `json:"own"`
}

// BenchPiece is what one read brought or one write took.
type BenchPiece struct {
	At     time.Time `json:"at"`
	Out    bool      `json:"out" doc:"from the hall to the device"`
	Device string    `json:"device,omitempty" doc:"whose; absent: anybody's on a shared line"`
	Hex    string    `json:"hex"`
	Hidden int       `json:"hidden,omitempty" doc:"so many bytes are never shown: they may say who a citizen is"`
	Said   []string  `json:"said,omitempty" doc:"what is complete with it, in the words of the profile; ? before what it does not know"`
}

// BenchResult is what came of a trial.
type BenchResult struct {
	OK       bool              `json:"ok"`
	Error    string            `json:"error,omitempty" doc:"why not, in English"`
	Answered bool              `json:"answered" doc:"the device was heard meanwhile; without that nobody knows whether anything is there"`
	Seen     string            `json:"seen,omitempty" doc:"of an exercise: what is known after it, in Chinese"`
	SeenEn   string            `json:"seen_en,omitempty"`
	Problems []devices.Problem `json:"problems" nullable:"false" doc:"what the device reported meanwhile, in words for people"`
	Pieces   []BenchPiece      `json:"pieces" nullable:"false" doc:"what went over the line meanwhile"`
	Inputs   []BenchInput      `json:"inputs,omitempty" doc:"what was pressed or read meanwhile, as the hall understands it"`
	Steps    []BenchStep       `json:"steps,omitempty" doc:"of a dialogue: each step with what went over the line in it; the last one may have failed"`
}

// BenchInput is one press, or one card or code that was read; what stood on it is never told.
type BenchInput struct {
	Key    string `json:"key" doc:"call, recall, here, finish, miss, pause, transfer, ask-rating, rate, ticket; or read"`
	Level  int    `json:"level,omitempty"`
	Digits string `json:"digits,omitempty"`
}

// BenchStep is what came of a step of a dialogue: an operation that was sent, or an event that was waited for.
type BenchStep struct {
	Send   string       `json:"send,omitempty"`
	Expect string       `json:"expect,omitempty"`
	OK     bool         `json:"ok"`
	Error  string       `json:"error,omitempty" doc:"in English"`
	Pieces []BenchPiece `json:"pieces" nullable:"false"`
}

// BenchSend is what to send: bytes, or an operation of the profile.
type BenchSend struct {
	Hex  string            `json:"hex,omitempty" maxLength:"6000"`
	Op   string            `json:"op,omitempty" maxLength:"100"`
	Args map[string]string `json:"args,omitempty"`
}

// BenchIdentified says which boards show their windows.
type BenchIdentified struct {
	Devices []string  `json:"devices" nullable:"false"`
	Away    []string  `json:"away" nullable:"false" doc:"boards that could not be asked"`
	Until   time.Time `json:"until,omitzero" doc:"absent: they show the present again"`
}

// BenchMistake is something wrong in a profile.
type BenchMistake struct {
	Line      int    `json:"line" doc:"0: no line of it"`
	Column    int    `json:"column,omitempty"`
	Message   string `json:"message"`
	MessageZh string `json:"message_zh,omitempty" doc:"the same in Chinese, where it is known"`
}

// BenchCheck says whether a profile is right.
type BenchCheck struct {
	OK       bool           `json:"ok"`
	IDs      []string       `json:"ids" nullable:"false" doc:"the profile and its variants"`
	Models   []BenchModel   `json:"models" nullable:"false" doc:"the same, with their set-up forms"`
	Vectors  int            `json:"vectors" doc:"examples that were tried"`
	Mistakes []BenchMistake `json:"mistakes" nullable:"false"`
}

// BenchModel is a profile of a text, with what can be set of it.
type BenchModel struct {
	ID      string      `json:"id"`
	Kind    string      `json:"kind"`
	Address *BenchAsks  `json:"address,omitempty" doc:"absent: it has none"`
	Blind   bool        `json:"blind" doc:"it never answers: only who stands before it can see whether it works"`
	Presses bool        `json:"presses" doc:"it says by itself what is pressed or read"`
	Set     []BenchAsks `json:"set" nullable:"false"`
}

// BenchTry is a profile to try on a port.
type BenchTry struct {
	Text      string            `json:"text" maxLength:"60000"`
	Profile   string            `json:"profile,omitempty" maxLength:"100" doc:"one of its variants; absent: the profile itself"`
	Port      string            `json:"port" minLength:"1" maxLength:"300"`
	Address   int               `json:"address,omitempty" minimum:"0" maximum:"65535"`
	Window    int               `json:"window,omitempty" minimum:"0" maximum:"999"`
	Set       map[string]string `json:"set,omitempty"`
	Seconds   int               `json:"seconds,omitempty" minimum:"0" maximum:"30" doc:"after the exercise, listen for so long to what is pressed or read"`
	Confirmed bool              `json:"confirmed,omitempty" doc:"go on although the devices of the port serve an open hall"`
}

// BenchUsed says what a new profile is called and which devices took it up.
type BenchUsed struct {
	IDs       []string `json:"ids" nullable:"false"`
	File      string   `json:"file"`
	Restarted []string `json:"restarted" nullable:"false"`
}

// BenchTeach says where to listen. A port of the hall is listened to without disturbing it.
type BenchTeach struct {
	Port    string `json:"port" minLength:"1" maxLength:"300"`
	Seconds int    `json:"seconds,omitempty" minimum:"0" maximum:"60" doc:"default 10"`
	Baud    int    `json:"baud,omitempty" minimum:"0" maximum:"4000000" doc:"default 9600"`
	Format  string `json:"format,omitempty" maxLength:"3" doc:"default 8N1"`
}

// BenchTaught is what was heard and who may have said it, the likeliest first.
type BenchTaught struct {
	Heard      int              `json:"heard" doc:"bytes"`
	Hex        string           `json:"hex" doc:"the first of them"`
	Candidates []BenchCandidate `json:"candidates" nullable:"false"`
}

// BenchCandidate is a protocol that explains some of what was heard.
type BenchCandidate struct {
	Profile   string  `json:"profile"`
	From      string  `json:"from" enum:"host,device" doc:"who spoke"`
	Frames    int     `json:"frames"`
	Explained float64 `json:"explained" doc:"share of the bytes"`
	Checked   bool    `json:"checked" doc:"its frames carry a checksum: chance is ruled out"`
	Example   string  `json:"example"`
}

// benching may use the bench: admin alone, who is in every set.
var benching = roles{}

func (s *Server) benchRoutes() {
	route(s, "benchDevices", "GET /api/bench/devices", benching, "Every device with its line", s.benchDevices)
	route(s, "benchPorts", "GET /api/bench/ports", benching, "What is plugged in", s.benchPorts)
	route(s, "benchProfiles", "GET /api/bench/profiles", benching, "The models that are known, with their forms", s.benchProfiles)
	route(s, "benchProfileText", "GET /api/bench/profiles/{id}", benching, "The file of a profile", s.benchProfileText)
	route(s, "benchUse", "POST /api/bench/profiles", benching, "Keep a profile and use it", s.benchUse)
	route(s, "benchCheck", "POST /api/bench/check", benching, "Check the text of a profile", s.benchCheck)
	route(s, "benchTry", "POST /api/bench/try", benching, "Run the exercise with a profile that is not in use yet", s.benchTry)
	route(s, "benchTeach", "POST /api/bench/teach", benching, "Listen, and try every known protocol against what arrives", s.benchTeach)
	route(s, "benchIdentify", "POST /api/bench/identify", benching, "Every board shows its own window number (辨识)", s.benchIdentify)
	route(s, "benchProbe", "POST /api/bench/devices/{id}/probe", benching, "Ask a device for a sign of life", s.benchProbe)
	route(s, "benchExercise", "POST /api/bench/devices/{id}/exercise", benching, "Let a device do all that it can", s.benchExercise)
	route(s, "benchSend", "POST /api/bench/devices/{id}/send", benching, "Send bytes or an operation", s.benchSend)
	route(s, "benchClear", "POST /api/bench/devices/{id}/clear", benching, "Let a printer give up what it holds and has not printed", s.benchClear)
	route(s, "benchRestart", "POST /api/bench/devices/{id}/restart", benching, "Open a device anew", s.benchRestart)
	route(s, "benchSaw", "POST /api/bench/devices/{id}/saw", benching, "Note that you stood before a device and saw it work", s.benchSaw)
	route(s, "benchSession", "GET /api/bench/devices/{id}/session", benching, "What is kept of a line, as a .session file", s.benchSession)
	s.mux.HandleFunc("GET /api/bench/live", s.benchLive)
	describeBenchLive(s.api)
}

// atBench is the bench, or a refusal where this hall has none.
func (s *Server) atBench() (Bench, error) {
	if s.bench == nil {
		return nil, fail(NotFound, "this hall has no bench")
	}
	return s.bench, nil
}

type bodyOf[T any] struct{ Body T }

// BenchPath names a device or profile in an address.
type BenchPath struct {
	ID string `path:"id" maxLength:"100"`
}

func (s *Server) benchDevices(context.Context, *struct{}) (*bodyOf[BenchDevices], error) {
	b, err := s.atBench()
	if err != nil {
		return nil, err
	}
	return &bodyOf[BenchDevices]{BenchDevices{list(b.Devices()), s.now()}}, nil
}

// BenchDevices is every device, and when.
type BenchDevices struct {
	Devices []BenchDevice `json:"devices" nullable:"false"`
	Now     time.Time     `json:"now"`
}

// BenchPorts is every port.
type BenchPorts struct {
	Ports []BenchPort `json:"ports" nullable:"false"`
}

func (s *Server) benchPorts(context.Context, *struct{}) (*bodyOf[BenchPorts], error) {
	b, err := s.atBench()
	if err != nil {
		return nil, err
	}
	return &bodyOf[BenchPorts]{BenchPorts{list(b.Ports())}}, nil
}

// BenchProfiles is every model.
type BenchProfiles struct {
	Profiles []BenchProfile `json:"profiles" nullable:"false"`
}

func (s *Server) benchProfiles(context.Context, *struct{}) (*bodyOf[BenchProfiles], error) {
	b, err := s.atBench()
	if err != nil {
		return nil, err
	}
	return &bodyOf[BenchProfiles]{BenchProfiles{list(b.Profiles())}}, nil
}

func (s *Server) benchProfileText(_ context.Context, in *BenchPath) (*bodyOf[BenchText], error) {
	b, err := s.atBench()
	if err != nil {
		return nil, err
	}
	t, err := b.ProfileText(in.ID)
	return &bodyOf[BenchText]{t}, err
}

// BenchProfileText is the text of a profile.
type BenchProfileText struct {
	Text string `json:"text" maxLength:"60000"`
}

func (s *Server) benchUse(ctx context.Context, in *bodyOf[BenchProfileText]) (*bodyOf[BenchUsed], error) {
	b, err := s.atBench()
	if err != nil {
		return nil, err
	}
	u, err := b.Use(callerOf(ctx).name, in.Body.Text)
	return &bodyOf[BenchUsed]{u}, err
}

func (s *Server) benchCheck(_ context.Context, in *bodyOf[BenchProfileText]) (*bodyOf[BenchCheck], error) {
	b, err := s.atBench()
	if err != nil {
		return nil, err
	}
	return &bodyOf[BenchCheck]{b.Check(in.Body.Text)}, nil
}

func (s *Server) benchTry(ctx context.Context, in *bodyOf[BenchTry]) (*bodyOf[BenchResult], error) {
	b, err := s.atBench()
	if err != nil {
		return nil, err
	}
	r, err := b.Try(ctx, callerOf(ctx).name, in.Body)
	return &bodyOf[BenchResult]{r}, err
}

func (s *Server) benchTeach(ctx context.Context, in *bodyOf[BenchTeach]) (*bodyOf[BenchTaught], error) {
	b, err := s.atBench()
	if err != nil {
		return nil, err
	}
	t, err := b.Teach(ctx, callerOf(ctx).name, in.Body)
	return &bodyOf[BenchTaught]{t}, err
}

type identifyIn struct {
	Body *struct {
		Device  string `json:"device,omitempty" maxLength:"100" doc:"absent: every board"`
		Seconds *int   `json:"seconds,omitempty" minimum:"0" maximum:"300" doc:"default 30; 0 ends it now"`
	}
}

func (s *Server) benchIdentify(ctx context.Context, in *identifyIn) (*bodyOf[BenchIdentified], error) {
	b, err := s.atBench()
	if err != nil {
		return nil, err
	}
	body, seconds := orZero(in.Body), 30
	if body.Seconds != nil {
		seconds = *body.Seconds
	}
	i, err := b.Identify(ctx, callerOf(ctx).name, body.Device, seconds)
	return &bodyOf[BenchIdentified]{i}, err
}

func (s *Server) benchProbe(ctx context.Context, in *BenchPath) (*bodyOf[BenchResult], error) {
	b, err := s.atBench()
	if err != nil {
		return nil, err
	}
	r, err := b.Probe(ctx, callerOf(ctx).name, in.ID)
	return &bodyOf[BenchResult]{r}, err
}

type exerciseIn struct {
	BenchPath
	Body *struct {
		Confirmed bool `json:"confirmed,omitempty" doc:"go on although the hall is open"`
	}
}

func (s *Server) benchExercise(ctx context.Context, in *exerciseIn) (*bodyOf[BenchResult], error) {
	b, err := s.atBench()
	if err != nil {
		return nil, err
	}
	r, err := b.Exercise(ctx, callerOf(ctx).name, in.ID, orZero(in.Body).Confirmed)
	return &bodyOf[BenchResult]{r}, err
}

func (s *Server) benchClear(ctx context.Context, in *exerciseIn) (*bodyOf[BenchResult], error) {
	b, err := s.atBench()
	if err != nil {
		return nil, err
	}
	r, err := b.Clear(ctx, callerOf(ctx).name, in.ID, orZero(in.Body).Confirmed)
	return &bodyOf[BenchResult]{r}, err
}

type sendIn struct {
	BenchPath
	Body BenchSend
}

func (s *Server) benchSend(ctx context.Context, in *sendIn) (*bodyOf[BenchResult], error) {
	b, err := s.atBench()
	if err != nil {
		return nil, err
	}
	r, err := b.Send(ctx, callerOf(ctx).name, in.ID, in.Body)
	return &bodyOf[BenchResult]{r}, err
}

// BenchRestarted names the device that is opened anew.
type BenchRestarted struct {
	Device string   `json:"device"`
	Also   []string `json:"also" nullable:"false" doc:"others of its line that had to be opened anew with it"`
}

func (s *Server) benchRestart(ctx context.Context, in *BenchPath) (*bodyOf[BenchRestarted], error) {
	b, err := s.atBench()
	if err != nil {
		return nil, err
	}
	also, err := b.Restart(callerOf(ctx).name, in.ID)
	return &bodyOf[BenchRestarted]{BenchRestarted{in.ID, list(also)}}, err
}

// BenchSaw says who saw a device work, and when.
type BenchSaw struct {
	Device  string          `json:"device"`
	Witness devices.Witness `json:"witness"`
}

func (s *Server) benchSaw(ctx context.Context, in *BenchPath) (*bodyOf[BenchSaw], error) {
	b, err := s.atBench()
	if err != nil {
		return nil, err
	}
	who := callerOf(ctx)
	w := devices.Witness{By: cmp.Or(who.name, who.role), At: s.now().In(zoneOf(s.view()))}
	if err := b.Saw(w.By, in.ID, w.At); err != nil {
		return nil, err
	}
	return &bodyOf[BenchSaw]{BenchSaw{in.ID, w}}, nil
}

type sessionOut struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (s *Server) benchSession(_ context.Context, in *BenchPath) (*sessionOut, error) {
	b, err := s.atBench()
	if err != nil {
		return nil, err
	}
	text, err := b.Session(in.ID)
	return &sessionOut{"text/plain; charset=utf-8", "attachment", []byte(text)}, err
}

// benchLive answers GET /api/bench/live?device=ID.
func (s *Server) benchLive(w http.ResponseWriter, r *http.Request) {
	who, err := s.identify(liveToken(r), benching)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	b, err := s.atBench()
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.watchLine(w, r, b, who)
}
