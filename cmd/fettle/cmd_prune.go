package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"fettle"
	"fettle/client"
)

// pruneFlag asks for what no document declares to be removed.
type pruneFlag struct {
	Prune bool `help:"Also remove what is in none of the documents, of the kinds that they declare; it is listed and asked about before. Nothing that is used, that holds values or that limits what is spent is removed."`
}

// folder refuses to prune by anything but a folder: what stands in other files
// would be taken for what is to go.
func (f pruneFlag) folder(path string) error {
	if !f.Prune {
		return nil
	}
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return fettle.Errorf(fettle.Invalid, "%s is not a folder, and --prune would remove what stands in other files", path).
			WithHint("Name the folder that has all documents of the workspace (fettle export workspace -o DIR writes one).")
	}
	return nil
}

// removals shows the lists of an error in lines: what would be removed, and what
// cannot be.
func removals(err error) error {
	if err == nil {
		return nil
	}
	e := *fettle.AsError(err)
	var b strings.Builder
	if list := changesAt(&e, "removes"); len(list) > 0 {
		_, _ = fmt.Fprintf(&b, "this removes %s:", fettle.Count(int64(len(list)), "thing", "things"))
		for _, c := range list {
			_, _ = fmt.Fprintf(&b, "\n  %s %s\n      %s", strings.ToLower(c.Kind), c.Name, printable(c.Message))
		}
		if also, spends := e.Details["spends"].(string); spends {
			_, _ = fmt.Fprintf(&b, "\nand %s", printable(also))
		}
		_, _ = b.WriteString("\nRecords, values and what was spent stay")
		e.Hint = "Look at each, and confirm it (--yes)."
	}
	if list := changesAt(&e, "stays"); len(list) > 1 {
		_, _ = fmt.Fprintf(&b, "%s that no document declares cannot be removed, and nothing was done:", fettle.Count(int64(len(list)), "thing", "things"))
		for _, c := range list {
			_, _ = fmt.Fprintf(&b, "\n  %s %s: %s", strings.ToLower(c.Kind), c.Name, printable(c.Message))
			if c.Hint != "" {
				_, _ = fmt.Fprintf(&b, "\n      %s", printable(c.Hint))
			}
		}
	}
	if b.Len() == 0 {
		return err
	}
	e.Message = b.String()
	return &e
}

type listed struct {
	client.Change

	Hint string `json:"hint"`
}

func changesAt(e *fettle.Error, key string) (list []listed) {
	b, err := json.Marshal(e.Details[key])
	if err == nil {
		err = json.Unmarshal(b, &list)
	}
	if err != nil {
		return nil
	}
	return list
}
