// Package play holds what a team can begin with: documents that do one job
// together, ready to be applied.
package play

import (
	"embed"
	"path"
	"slices"
	"strings"

	"fettle"
)

//go:embed *.yaml
var files embed.FS

// All lists the plays by name. What a file says of itself stands in the comments
// at its beginning: the first line is its title.
func All() ([]fettle.Play, error) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	out := make([]fettle.Play, 0, len(entries))
	for _, e := range entries {
		text, err := files.ReadFile(e.Name())
		if err != nil {
			return nil, err
		}
		out = append(out, read(strings.TrimSuffix(e.Name(), path.Ext(e.Name())), string(text)))
	}
	return out, nil
}

// Find gives one play.
func Find(name string) (fettle.Play, error) {
	all, err := All()
	if err != nil {
		return fettle.Play{}, err
	}
	i := slices.IndexFunc(all, func(p fettle.Play) bool { return p.Name == name })
	if i < 0 {
		return fettle.Play{}, fettle.Errorf(fettle.NotFound, "there is no play %s", name).WithHint("They are listed (fettle play list).")
	}
	return all[i], nil
}

func read(name, text string) fettle.Play {
	p := fettle.Play{Name: name, Documents: text}
	var about []string
	for line := range strings.Lines(text) {
		said, comment := strings.CutPrefix(line, "#")
		if !comment {
			break
		}
		said = strings.TrimSpace(said)
		if p.Title == "" {
			p.Title = said
		} else {
			about = append(about, said)
		}
	}
	p.About = strings.Join(about, " ")
	return p
}
