package sandbox

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"fettle"
)

// StatusMix is how the addresses of find_email are spread over the statuses:
// the share of each, from 0 to 1. What is left over is valid. As text it is
// "catch_all=0.3,invalid=0.1"; it is a flag of fettle sandbox.
type StatusMix map[fettle.Status]float64

// String is the text form.
func (m StatusMix) String() string {
	var parts []string
	for _, st := range fettle.Statuses() {
		if v, ok := m[st]; ok {
			parts = append(parts, string(st)+"="+strconv.FormatFloat(v, 'g', -1, 64))
		}
	}
	return strings.Join(parts, ",")
}

// UnmarshalText reads the text form.
func (m *StatusMix) UnmarshalText(text []byte) error {
	out := StatusMix{}
	for part := range strings.SplitSeq(string(text), ",") {
		name, share, ok := strings.Cut(strings.TrimSpace(part), "=")
		v, err := strconv.ParseFloat(share, 64)
		st := fettle.Status(name)
		if !ok || err != nil || !slices.Contains(fettle.Statuses(), st) {
			return fettle.Errorf(fettle.Invalid, "--status-mix: %q", part).WithHint("Write catch_all=0.3,invalid=0.1; what is left over is valid. There are: %v.", fettle.Statuses())
		}
		out[st] = v
	}
	*m = out
	return out.check()
}

func (m StatusMix) check() error {
	sum := 0.0
	for _, v := range m {
		if math.IsNaN(v) || v < 0 || v > 1 {
			return fettle.Errorf(fettle.Invalid, "--status-mix: a share is %v", v).WithHint("Give shares between 0 and 1.")
		}
		sum += v
	}
	if sum > 1+1e-9 {
		return fettle.Errorf(fettle.Invalid, "--status-mix: the shares add up to %.2f", sum).WithHint("Together they may be at most 1.")
	}
	return nil
}

// of gives the status of one answer.
func (m StatusMix) of(d dice) fettle.Status {
	u := d.share()
	for _, st := range fettle.Statuses() {
		if u < m[st] {
			return st
		}
		u -= m[st]
	}
	return fettle.StatusValid
}

// judged adds to an address what is said of it, or makes it one that is none.
func (c Config) judged(d dice, data map[string]any) {
	if _, ok := data["email"]; !ok {
		return
	}
	d = d.and(0x737461747573)
	data["email_status"] = string(c.StatusMix.of(d))
	if odds := d.and(1); odds.share() < c.MisfitRate {
		data["email"] = "not available"
	}
	if odds := d.and(2); odds.share() < c.StrangerRate {
		stranger(odds, data)
	}
}

// strangers are people whom nobody asks about, and where they work.
var strangers = [][2]string{
	{"Quentin Abernathy", "zebulon"}, {"Xiomara Fitzwilliam", "yarrowdale"}, {"Zoltan Uxbridge", "quillfeather"}, {"Philomena Ogilvy", "vexmoor"}, {"Thaddeus Wrexham", "jubilant"},
}

// stranger makes an answer one about somebody else, and has it say so.
func stranger(d dice, data map[string]any) {
	who := pick(&d, strangers)
	host := who[1] + ".example"
	data["email"], data["name"] = mailbox(who[0])+"@"+host, who[0]
	data["company"], data["company_domain"], data["country"] = strings.ToUpper(who[1][:1])+who[1][1:]+" Ltd", host, "New Zealand"
}
