package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"fettle"
)

// Source is an address to which others send records.
type Source struct {
	fettle.Source

	ID        int64
	Name      string
	Label     string
	TokenHash string
	LastUS    int64
	Bodies    int64
	Records   int64
	Detail    string
	CreatedUS int64
}

func (tx *Tx) sourcesWhere(ctx context.Context, where string, args ...any) ([]Source, error) {
	var out []Source
	err := tx.query(ctx, func(r *sql.Rows) error {
		var s Source
		var def string
		if err := r.Scan(&s.ID, &s.Name, &def, &s.TokenHash, &s.LastUS, &s.Bodies, &s.Records, &s.Detail, &s.CreatedUS, &s.Label); err != nil {
			return err
		}
		out = append(out, s)
		return json.Unmarshal([]byte(def), &out[len(out)-1].Source)
	}, "SELECT id, name, definition, token_hash, last_us, bodies, records, detail, created_us, "+shownLabel+" FROM sources"+where, args...)
	return out, err
}

// Sources lists the addresses to which records are sent, by name.
func (tx *Tx) Sources(ctx context.Context) ([]Source, error) {
	return tx.sourcesWhere(ctx, " ORDER BY name")
}

// LockSource finds a source by its name and keeps others from changing it until the
// transaction ends.
func (tx *Tx) LockSource(ctx context.Context, name string) (Source, error) {
	all, err := tx.sourcesWhere(ctx, " WHERE name = $1"+tx.db.d.forUpdate, name)
	if err != nil || len(all) > 0 {
		return append(all, Source{})[0], err
	}
	return Source{}, fettle.Errorf(fettle.NotFound, "there is no source %q", name).WithHint("The page of sources and destinations lists them (fettle source list).")
}

// PutSource writes a source: a new one where its id is 0. It gives the id.
func (tx *Tx) PutSource(ctx context.Context, s Source) (int64, error) {
	def, err := json.Marshal(s.Source)
	if err != nil {
		return s.ID, err
	}
	if s.ID == 0 {
		if s.ID, err = tx.NextIDs(ctx, SeqMisc, 1); err != nil {
			return s.ID, err
		}
	}
	_, err = tx.exec(ctx, `INSERT INTO sources (id, name, label, definition, token_hash, last_us, bodies, records, detail, created_us) VALUES ($1, $2, '', $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (id) DO UPDATE SET definition = excluded.definition, token_hash = excluded.token_hash, last_us = excluded.last_us, bodies = excluded.bodies,
			records = excluded.records, detail = excluded.detail`, s.ID, s.Name, string(def), s.TokenHash, s.LastUS, s.Bodies, s.Records, s.Detail, s.CreatedUS)
	return s.ID, err
}

// DeleteSource takes a source away, with what was sent there.
func (tx *Tx) DeleteSource(ctx context.Context, id int64) error {
	for _, text := range []string{
		"DELETE FROM source_post_records WHERE post_id IN (SELECT id FROM source_posts WHERE source_id = $1)", "DELETE FROM source_posts WHERE source_id = $1", "DELETE FROM source_files WHERE source_id = $1", "DELETE FROM sources WHERE id = $1",
	} {
		if _, err := tx.exec(ctx, text, id); err != nil {
			return err
		}
	}
	return nil
}

// SourcePost is a body as it was sent to a source.
type SourcePost struct {
	ID     int64
	Source int64
	AtUS   int64
	Body   string
	Answer string // JSON
}

// PutSourcePost keeps a body with the records that it wrote, or writes another
// answer to one that is kept, and forgets the oldest of too many.
func (tx *Tx) PutSourcePost(ctx context.Context, p SourcePost, records []int64) error {
	var err error
	if p.ID == 0 {
		if p.ID, err = tx.NextIDs(ctx, SeqMisc, 1); err != nil {
			return err
		}
	}
	if _, err = tx.exec(ctx, `INSERT INTO source_posts (id, source_id, at_us, body, answer) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET answer = excluded.answer`, p.ID, p.Source, p.AtUS, p.Body, p.Answer); err != nil {
		return err
	}
	b := NewBatch("bigint", "bigint")
	for _, r := range records {
		b.Add(p.ID, r)
	}
	if _, err = tx.execBatch(ctx, b, "INSERT INTO source_post_records (post_id, record_id) @rows ON CONFLICT (post_id, record_id) DO NOTHING"); err != nil {
		return err
	}
	old, err := tx.ids(ctx, "SELECT id FROM source_posts WHERE source_id = $1 ORDER BY id DESC LIMIT 100 OFFSET $2", p.Source, keptPosts)
	if err != nil || len(old) == 0 {
		return err
	}
	for _, text := range []string{"WITH v(vid) AS (@rows) DELETE FROM source_posts WHERE id IN (SELECT vid FROM v)", "WITH v(vid) AS (@rows) DELETE FROM source_post_records WHERE post_id IN (SELECT vid FROM v)"} {
		if _, err := tx.execBatch(ctx, idBatch(old), text); err != nil {
			return err
		}
	}
	return nil
}

// SourcePosts gives the newest bodies of a source, before one or of all for 0, or
// the one body with an id.
func (tx *Tx) SourcePosts(ctx context.Context, source, before, id int64, limit int) ([]SourcePost, error) {
	var out []SourcePost
	err := tx.query(ctx, func(r *sql.Rows) error {
		var p SourcePost
		err := r.Scan(&p.ID, &p.Source, &p.AtUS, &p.Body, &p.Answer)
		out = append(out, p)
		return err
	}, "SELECT id, source_id, at_us, body, answer FROM source_posts WHERE source_id = $1 AND id < $2 AND ($3 = 0 OR id = $3) ORDER BY id DESC LIMIT $4", source, orNewest(before), id, limit)
	return out, err
}

// SourcePostsSince counts the bodies that were sent to a source since a time.
func (tx *Tx) SourcePostsSince(ctx context.Context, source, sinceUS int64) (int64, error) {
	var n int64
	err := tx.get(ctx, []any{&n}, "SELECT count(*) FROM source_posts WHERE source_id = $1 AND at_us > $2", source, sinceUS)
	return n, err
}

// SentBy is what came by a source, the last time.
type SentBy struct {
	Source string
	LastUS int64
	Rows   int64
	State  string // of an import
	File   string
}

// LastImports gives the last import of each source.
func (tx *Tx) LastImports(ctx context.Context) ([]SentBy, error) {
	var out []SentBy
	err := tx.query(ctx, func(r *sql.Rows) error {
		var s SentBy
		var counts string
		if err := r.Scan(&s.Source, &s.LastUS, &counts, &s.State, &s.File); err != nil {
			return err
		}
		var c ImportCounts
		err := json.Unmarshal([]byte(counts), &c)
		s.Rows = c.Read
		out = append(out, s)
		return err
	}, `SELECT source, COALESCE(ended_at_us, created_at_us), counts, state, file_name FROM imports WHERE id IN (SELECT max(id) FROM imports GROUP BY source) ORDER BY source`)
	return out, err
}

// SentByPrograms gives, for each source that programs write records under, when
// that was last, and how many records there were.
func (tx *Tx) SentByPrograms(ctx context.Context) ([]SentBy, error) {
	var out []SentBy
	err := tx.query(ctx, func(r *sql.Rows) error {
		var s SentBy
		err := r.Scan(&s.Source, &s.LastUS, &s.Rows)
		out = append(out, s)
		return err
	}, "SELECT name, max(ended_us), sum(records) FROM change_sets WHERE kind = $1 GROUP BY name ORDER BY name", SetUpsert)
	return out, err
}
