package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"

	"fettle/internal/text"
)

// settingTextMended says that the text of a SQLite file was looked over once.
const settingTextMended = "text_mended"

// mendText makes text storable that an older program wrote into a SQLite file:
// NUL and what is no UTF-8 in any column, which PostgreSQL never held. It runs
// once, and only reads where nothing is wrong.
func mendText(ctx context.Context, tx *Tx) error {
	if tx.db.d.postgres {
		return nil
	}
	if _, done, err := tx.Setting(ctx, settingTextMended); err != nil || done {
		return err
	}
	columns := map[string][]string{}
	err := tx.query(ctx, func(r *sql.Rows) error {
		var table, column string
		err := r.Scan(&table, &column)
		columns[table] = append(columns[table], column)
		return err
	}, `SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_xinfo(m.name) c ON c.type = 'TEXT' AND c.hidden = 0
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'`)
	if err != nil {
		return err
	}
	for table, names := range columns {
		for _, c := range names {
			// Only what is not plain ASCII goes through Go: it holds what GLOB does
			// not expect, or more bytes than there are characters before a NUL.
			// OR IGNORE: a key that meets another stays, and is mended where it is
			// copied.
			q := fmt.Sprintf(`UPDATE OR IGNORE %[1]q SET %[2]q = fettle_storable(CAST(%[2]q AS BLOB)) WHERE typeof(%[2]q) = 'text'
				AND (length(CAST(%[2]q AS BLOB)) <> length(%[2]q) OR %[2]q GLOB '*[^' || char(1) || '-~]*') AND fettle_unstorable(CAST(%[2]q AS BLOB))`, table, c)
			if _, err := tx.exec(ctx, q); err != nil {
				return fmt.Errorf("mend the text of %s.%s: %w", table, c, err)
			}
		}
	}
	return tx.PutSetting(ctx, settingTextMended, "1")
}

// storableArg makes the text in a BLOB storable; what is no BLOB stays.
func storableArg(v driver.Value) driver.Value {
	if b, ok := v.([]byte); ok {
		return text.Storable(string(b))
	}
	return v
}

func unstorableArg(v driver.Value) driver.Value {
	b, ok := v.([]byte)
	return ok && !text.OK(string(b))
}
