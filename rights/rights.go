// Package rights decides who may cause spending. It is pure: it compares what
// stands with what is asked for, and says what the actor may.
package rights

import (
	"slices"

	"fettle"
)

// Standing is who somebody is to the money, from the least to the most.
type Standing int

// The standings.
const (
	Viewer  Standing = iota
	Editor           // defines, and spends nothing
	Capped           // may spend up to a limit of their own, and is no admin
	Spender          // an editor who may spend
	Admin
	standings // how many there are
)

// Of gives the standing of an actor. capped says that a limit of their own
// binds them.
func Of(a fettle.Actor, capped bool) Standing {
	switch {
	case a.Role == fettle.Admin:
		return Admin
	case a.Spends() && capped:
		return Capped
	case a.Spends():
		return Spender
	case a.Role == fettle.Editor:
		return Editor
	}
	return Viewer
}

// Spends reports whether one may do what spends.
func (s Standing) Spends() bool { return s >= Capped }

// Answer is what somebody may of an operation.
type Answer string

// The answers.
const (
	May       Answer = "may"
	Asks      Answer = "asks"      // may; where it spends quietly it asks for a confirmation, which they may give
	Within    Answer = "within"    // may, up to the quiet-spending guard; what is beyond is refused
	Waits     Answer = "waits"     // may; the rows that it opens wait for approval
	Allowance Answer = "allowance" // may, within the pilot allowance of the workspace
	Refused   Answer = "refused"
)

// Operation is an operation of the API that can cause spending.
type Operation struct {
	ID      string
	Does    string // what it does, after "may" and "may not"
	Answers [standings]Answer
	Note    string // what the answers leave open
}

// Check refuses an operation to those who may not have it.
func Check(a fettle.Actor, s Standing, id string) error {
	o, ok := Find(id)
	if !ok {
		return fettle.Errorf(fettle.Internal, "who may %q is not decided", id)
	}
	if o.Answers[s] != Refused {
		return nil
	}
	return refuse(a, s, o)
}

func refuse(a fettle.Actor, s Standing, o Operation) error {
	err := fettle.Errorf(fettle.NotAllowed, "%s may not %s", a.Name, o.Does)
	switch {
	case s == Capped && o.Answers[Spender] != Refused:
		return err.WithHint("%s has a limit of its own, and so touches nothing that a limit is counted by. Ask an admin.", a.Name)
	case o.Answers[Spender] == Refused:
		return err.WithHint("Ask someone with the role %s.", fettle.Admin)
	case o.Answers[Editor] == Refused:
		return err.WithHint(askSpender)
	}
	return err.WithHint("Ask someone with the role %s.", fettle.Editor)
}

const askSpender = "Ask an admin, who may also let an editor spend under Settings (fettle user role EMAIL editor --may-spend)."

// Confirming refuses the answer to the quiet-spending guard to those who may
// not spend: what would be put into live enrichments, in words.
func Confirming(a fettle.Actor, s Standing, what, otherwise string) error {
	if s.Spends() {
		return nil
	}
	return fettle.Errorf(fettle.NotAllowed, "this would put %s, and %s may not spend", what, a.Name).
		WithHint("Have it done by somebody who may spend%s.", otherwise)
}

// Limit judges a change of an enrichment's limits to one; now is nil where none
// is named, which changes nothing. In a draft whoever defines writes the limit:
// it binds from the start by somebody who may spend. payer is on whose account it
// goes on buying by itself, "" where it does not: what a raise allows counts in
// their limit, and in no limit of who raises.
func Limit(a fettle.Actor, s Standing, draft bool, payer string, olds []fettle.Limit, now *fettle.Limit) error {
	none := slices.ContainsFunc(olds, func(l fettle.Limit) bool { return l.None })
	switch {
	case s == Capped && now != nil && payer != "" && payer != a.Name && raises(olds, *now):
		return fettle.Errorf(fettle.NotAllowed, "%s may not raise the limit of what runs on the account of %s", a.Name, payer).
			WithHint("%s has a limit of its own, in which that would not count. Pause it, raise the limit and resume it, which takes it onto that account; or ask for more (fettle request new NAME --reason TEXT).", a.Name)
	case a.Spends() || now == nil:
		return nil
	case now.None && !none:
		return fettle.Errorf(fettle.NotAllowed, "%s may not say that an enrichment spends without a limit", a.Name).
			WithHint("Write a number of credits. " + askSpender)
	case !draft && raises(olds, *now):
		return fettle.Errorf(fettle.NotAllowed, "%s may not raise the limit of an enrichment", a.Name).
			WithHint("Leave the limit out, and it stays as it is. " + askSpender)
	}
	return nil
}

// raises reports whether a limit allows more than those whose place it takes:
// each of them has to be as tight in it, over the same period.
func raises(olds []fettle.Limit, now fettle.Limit) bool {
	return len(olds) == 0 || slices.ContainsFunc(olds, func(old fettle.Limit) bool {
		if old.None || now.None {
			return !old.None
		}
		credits := old.Credits != nil && (now.Credits == nil || *now.Credits > *old.Credits)
		records := old.Records != nil && (now.Records == nil || *now.Records > *old.Records)
		return credits || records || old.Per != now.Per
	})
}

// Budget judges a change of a budget's limit to one: admins alone raise it. A limit
// over another period is one more.
func Budget(a fettle.Actor, olds []fettle.Limit, now fettle.Limit) error {
	i := slices.IndexFunc(olds, func(l fettle.Limit) bool { return l.Per == now.Per })
	if a.Role == fettle.Admin || i < 0 || !raises(olds[i:i+1], now) {
		return nil
	}
	return fettle.Errorf(fettle.NotAllowed, "%s may not raise a budget", a.Name).WithHint("Ask someone with the role %s.", fettle.Admin)
}

// Attach judges that something counts in a budget from now on: it bounds people,
// and what counts in another one leaves that.
func Attach(a fettle.Actor, person bool, leaves string) error {
	switch {
	case a.Role == fettle.Admin:
		return nil
	case person:
		return fettle.Errorf(fettle.NotAllowed, "%s may not attach people to budgets", a.Name).WithHint("Ask someone with the role %s.", fettle.Admin)
	case leaves != "":
		return fettle.Errorf(fettle.NotAllowed, "%s may not take anything out of the budget %s", a.Name, leaves).WithHint("Ask someone with the role %s.", fettle.Admin)
	}
	return nil
}

// Decide judges who approves a request for more: an admin, who is neither who
// asked nor a program.
func Decide(a fettle.Actor, asker string) error {
	switch {
	case a.Token:
		return fettle.Errorf(fettle.NotAllowed, "%s is a token, and tokens approve no requests", a.Name).WithHint("A person approves it, in the web app under Credits → Requests, or with a command on the server.")
	case same(a.Name, asker):
		return fettle.Errorf(fettle.NotAllowed, "%s asked for it, and so may not approve it", a.Name).WithHint("Ask another admin.")
	}
	return nil
}

// same reports whether two names are of one who asks: whoever runs the server is
// one person, by the browser and by the command line.
func same(a, b string) bool {
	server := []string{"local", "cli"}
	return a == b || slices.Contains(server, a) && slices.Contains(server, b)
}

// Resolution judges how an unknown charge is resolved: what makes it less than
// what is held gives room back under limits, the actor's own among them.
func Resolution(a fettle.Actor, s Standing, action string) error {
	if s != Capped || action == "retry" || action == "write_off" {
		return nil
	}
	return fettle.Errorf(fettle.NotAllowed, "%s may not say what a charge came to", a.Name).
		WithHint("%s has a limit of its own. Settle it in full (--retry or --write-off), or ask an admin.", a.Name)
}
