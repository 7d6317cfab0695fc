package main

import (
	"context"
	"strconv"
	"strings"
	"unicode"

	"fettle"
	"fettle/client"
)

type enrichmentRerunCmd struct {
	enrichmentName
	rerunFlags
}

// rerunFlags say which values a rerun buys again, for the rerun and for its price.
type rerunFlags struct {
	Stale   bool    `xor:"which" help:"Only values that an older version bought."`
	Version *int64  `name:"of-version" xor:"which" placeholder:"N" help:"Only values that this version bought (fettle enrichment versions NAME)."`
	Failed  bool    `xor:"which" help:"Only rows that failed, as fettle enrichment retry does."`
	IDs     []int64 `name:"ids" xor:"which" placeholder:"ID,…" help:"Only these records, however their rows ended: --ids 1,2."`
	IDsFile string  `name:"ids-file" xor:"which" type:"existingfile" placeholder:"FILE" help:"Only the records whose ids a file has, apart by lines, spaces or commas; - for the standard input."`
}

func (c *rerunFlags) options(s *session, name string) (client.RerunOptions, error) {
	opt := client.RerunOptions{Stale: c.Stale, Failed: c.Failed, Records: c.IDs}
	if c.Version != nil {
		if opt.Version = *c.Version; opt.Version < 1 {
			return opt, fettle.Errorf(fettle.Invalid, "--of-version: there is no version %d", opt.Version).WithHint("List them: fettle enrichment versions %s", name)
		}
	}
	if c.IDs != nil && len(c.IDs) == 0 {
		return opt, fettle.Errorf(fettle.Invalid, "--ids names no record").WithHint("Write --ids 1,2; without it all that was bought is rerun.")
	}
	if c.IDsFile != "" {
		var err error
		if opt.Records, err = idsIn(s, c.IDsFile); err != nil {
			return opt, err
		}
	}
	return opt, nil
}

func (c *enrichmentRerunCmd) Run(ctx context.Context, s *session) error {
	opt, err := c.options(s, c.Name)
	if err != nil {
		return err
	}
	return s.enrichmentStep(ctx, func(api *client.Client) (v fettle.EnrichmentView, err error) {
		err = s.confirming(func(confirm bool) error {
			v, err = api.Rerun(ctx, c.Name, opt, confirm)
			return err
		})
		return v, err
	})
}

// idsIn reads the ids of records out of a file. A file without one is refused:
// no id would mean all records.
func idsIn(s *session, file string) ([]int64, error) {
	raw, err := s.readText(file)
	if err != nil {
		return nil, fettle.Errorf(fettle.Invalid, "%s cannot be read: %v", file, err).WithHint("Give a file with one id on each line.")
	}
	words := strings.FieldsFunc(string(raw), func(r rune) bool { return r == ',' || r == ';' || unicode.IsSpace(r) || r == '\ufeff' })
	ids := make([]int64, 0, len(words))
	for _, w := range words {
		id, err := strconv.ParseInt(w, 10, 64)
		if err != nil || id < 1 {
			return nil, fettle.Errorf(fettle.Invalid, "%q in %s is not the id of a record", w, file).WithHint("Ids are whole numbers, as fettle records lists them.")
		}
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return nil, fettle.Errorf(fettle.Invalid, "%s has no ids", file).WithHint("Give a file with one id on each line; without --ids-file all that was bought is rerun.")
	}
	return ids, nil
}
