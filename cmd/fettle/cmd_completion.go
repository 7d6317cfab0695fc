package main

import (
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// completionWord comes first where a shell asks what could be typed next.
const completionWord = "__complete"

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// completions are what each shell reads. They ask the program, so that they are never
// older than it.
var completions = map[string]string{
	"bash": `_fettle() {
  local IFS=$'\n'
  COMPREPLY=($(fettle __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _fettle fettle
`,
	"zsh": `#compdef fettle
_fettle() {
  local -a all
  all=(${(f)"$(fettle __complete "${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( ${#all} )); then compadd -a all; else _files; fi
}
compdef _fettle fettle
`,
	"fish": `complete -c fettle -a '(fettle __complete (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
}

// Run prints the script that a shell reads to complete commands.
func (c *completionCmd) Run(s *session) error {
	_, err := io.WriteString(s.stdout, completions[c.Shell])
	return err
}

// complete gives what the last of the words could become: nothing where any text or a
// file may stand.
func complete(app *kong.Application, words []string) []string {
	if len(words) == 0 {
		words = []string{""}
	}
	node, before, last := app.Node, (*kong.Flag)(nil), words[len(words)-1]
	positional := 0
	for _, w := range words[:len(words)-1] {
		if before != nil { // its value
			before = nil
			continue
		}
		if name, isFlag := strings.CutPrefix(w, "-"); isFlag {
			if f := flagOf(node, strings.TrimPrefix(name, "-")); f != nil && !f.IsBool() {
				before = f
			}
			continue
		}
		if next := childOf(node, w); next != nil {
			node = next
			continue
		}
		positional++
	}
	var all []string
	switch {
	case before != nil:
		all = values(before.Value)
	case strings.HasPrefix(last, "-"):
		for _, f := range flagsOf(node) {
			if !f.Hidden {
				all = append(all, "--"+f.Name)
			}
		}
	default:
		for _, c := range node.Children {
			if !c.Hidden {
				all = append(all, c.Name)
			}
		}
		if positional < len(node.Positional) {
			all = append(all, values(node.Positional[positional])...)
		}
	}
	all = slices.DeleteFunc(all, func(w string) bool { return !strings.HasPrefix(w, last) })
	slices.Sort(all)
	return slices.Compact(all)
}

func values(v *kong.Value) []string {
	if v.Enum == "" {
		return nil
	}
	all := strings.Split(v.Enum, ",")
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

func childOf(n *kong.Node, name string) *kong.Node {
	for _, c := range n.Children {
		if c.Name == name || slices.Contains(c.Aliases, name) {
			return c
		}
	}
	return nil
}

// flagsOf are a command's flags, those of the program, and those of the command that it
// stands for alone, as "records" does for "records list".
func flagsOf(n *kong.Node) (all []*kong.Flag) {
	if n.DefaultCmd != nil {
		all = append(all, n.DefaultCmd.Flags...)
	}
	for ; n != nil; n = n.Parent {
		all = append(all, n.Flags...)
	}
	return all
}

func flagOf(n *kong.Node, name string) *kong.Flag {
	name, _, whole := strings.Cut(name, "=")
	for _, f := range flagsOf(n) {
		if !whole && (f.Name == name || f.Short != 0 && string(f.Short) == name) {
			return f
		}
	}
	return nil
}
