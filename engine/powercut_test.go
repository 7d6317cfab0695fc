package engine_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql/driver"
	"errors"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"
	sqlite3driver "github.com/ncruces/go-sqlite3/driver"
	"github.com/ncruces/go-sqlite3/vfs"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store/storetest"
)

// TestPowerCut takes the power while calls are in flight, on a disk that then
// loses or tears what it was not told to keep. As the store sets SQLite up,
// nothing is lost that a call relied on.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	cuts := 2
	if os.Getenv("CHAOS_FOR") != "" {
		cuts = 60
	}
	for range cuts {
		seed := mathrand.Uint64()
		s := cutPower(t, seed, "FULL")
		if lost := s.forgotten(); lost > 0 {
			t.Errorf("seed %d: %d calls were made of which nothing is known", seed, lost)
		}
		for _, name := range []string{"a", "b"} {
			if _, err := s.e.SetEnrichmentLimit(t.Context(), admin, name, fettle.Limit{Credits: credits(1000)}, false); err != nil {
				t.Fatal(err)
			}
			if err := s.rests(name); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
		}
		if b := s.sb.Books(); b.Repeats != 0 {
			t.Errorf("seed %d: billed twice: %+v", seed, b)
		}
		s.agree()
		s.sound()
		s.end()
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// TestPowerCutWithoutSync shows that TestPowerCut can fail: with
// synchronous=NORMAL the same disk forgets claims whose calls were made.
func TestPowerCutWithoutSync(t *testing.T) {
	t.Parallel()
	for range 10 {
		s := cutPower(t, mathrand.Uint64(), "NORMAL")
		lost := s.forgotten()
		s.end()
		if lost > 0 {
			return
		}
	}
	t.Error("a disk that loses what was not synced lost nothing with synchronous=NORMAL: the test sees nothing")
}

// cutPower plays until the power goes, and starts again from what the disk
// has.
func cutPower(t *testing.T, seed uint64, synchronous string) *story {
	t.Helper()
	rnd := mathrand.New(mathrand.NewPCG(seed, 0))
	d := &disk{name: "cut-" + rand.Text(), files: map[string]*image{}}
	vfs.Register(d.name, d)
	t.Cleanup(func() { vfs.Unregister(d.name) })
	cfg := sandbox.Config{HitRate: 0.6, BillMiss: true, Seed: 4, Latency: 5 * time.Millisecond}
	s := &story{world: &world{t: t, sb: sandbox.New(cfg)}, dsn: storetest.DSN(t, storetest.SQLite)}
	s.through = d.through
	s.live(storetest.BeforePoint(0))
	if _, err := s.db.Writer().ExecContext(t.Context(), "PRAGMA synchronous="+synchronous); err != nil {
		t.Fatal(err)
	}
	s.field("found", fettle.Text)
	s.field("other", fettle.Text)
	s.people(0, 150, "x")
	s.save("a", answer("found", 1000, byEmail, byScore))
	s.save("b", answer("other", 1000, byTitle))
	s.start("a")
	s.start("b")
	s.busy(0, 1+rnd.Int64N(300))
	d.cut()
	s.die()
	gone := s.dsn
	s.dsn, s.through = d.left(t, s.dsn, rnd), nil
	if err := os.Remove(gone); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	s.live(storetest.BeforePoint(0))
	// What the disk has is in another file now, which looks like a copy.
	if err := s.e.Moved(t.Context(), admin); err != nil {
		t.Fatal(err)
	}
	return s
}

// forgotten counts the calls that arrived at the provider and that the
// database does not know.
func (s *story) forgotten() int {
	s.t.Helper()
	known := map[int64]bool{}
	for _, j := range s.journal("all") {
		known[j.Attempt] = true
	}
	n := 0
	for id := range billed(s.t, s.arrivals()) {
		if !known[id] {
			n++
		}
	}
	return n
}

// disk is a file system that can lose its power. Until it does, everything is
// in the files of the real one; image remembers what was not synced.
type disk struct {
	name string
	off  atomic.Bool

	mu    sync.Mutex
	files map[string]*image
}

// image is what is known of a file: what a power cut leaves for sure, and what
// was written since, in order.
type image struct {
	synced []byte
	writes []write
}

// write is one write that was not synced; data is nil for a truncation.
type write struct {
	at   int64
	data []byte
}

// errOff is what everybody gets from a disk without power.
var errOff = errors.New("the power is off")

// through opens the database on this disk, with a driver that lets one.
func (d *disk) through(_ driver.Connector, address string) driver.Connector {
	c, err := (&sqlite3driver.SQLite{}).OpenConnector(address + "&vfs=" + d.name)
	if err != nil {
		return failing{err}
	}
	return c
}

type failing struct{ err error }

func (f failing) Connect(context.Context) (driver.Conn, error) { return nil, f.err }
func (f failing) Driver() driver.Driver                        { return &sqlite3driver.SQLite{} }

// cut takes the power.
func (d *disk) cut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.off.Store(true)
}

// left gives a copy of a database as the disk has it: each write that was not
// synced is there, or is not, or is there in part.
func (d *disk) left(t *testing.T, path string, rnd *mathrand.Rand) string {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	copied := filepath.Join(filepath.Dir(path), "after.db")
	for _, suffix := range []string{"", "-wal"} {
		f, ok := d.files[path+suffix]
		if !ok {
			continue
		}
		out := bytes.Clone(f.synced)
		for _, w := range f.writes {
			const sector = 512
			switch n := len(w.data); {
			case w.data == nil:
				if rnd.IntN(2) == 0 {
					out = out[:min(int64(len(out)), w.at)]
				}
			case rnd.IntN(3) == 0:
				out = put(out, w.at, w.data)
			case rnd.IntN(2) == 0:
				out = put(out, w.at, w.data[:min(n, sector*rnd.IntN(1+n/sector))])
			}
		}
		if err := os.WriteFile(copied+suffix, out, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return copied
}

func put(file []byte, at int64, data []byte) []byte {
	if end := at + int64(len(data)); end > int64(len(file)) {
		file = append(file, make([]byte, end-int64(len(file)))...)
	}
	copy(file[at:], data)
	return file
}

// The VFS: what it does not say itself, the operating system's does.

func (d *disk) Open(name string, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	return nil, flags, sqlite3.CANTOPEN // SQLite asks OpenFilename
}

func (d *disk) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	under, ok := vfs.Find("os").(vfs.VFSFilename)
	if !ok || d.off.Load() {
		return nil, flags, errOff
	}
	f, out, err := under.OpenFilename(name, flags)
	if err != nil || name == nil {
		return f, out, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	path := name.String()
	if d.files[path] == nil {
		now, err := os.ReadFile(path)
		if err != nil {
			return nil, flags, errors.Join(err, f.Close())
		}
		d.files[path] = &image{synced: now}
	}
	return &diskFile{File: f, d: d, image: d.files[path]}, out, nil
}

func (d *disk) Delete(name string, syncDir bool) error {
	if d.off.Load() {
		return errOff
	}
	if strings.HasSuffix(name, "-wal") {
		d.mu.Lock()
		delete(d.files, name)
		d.mu.Unlock()
	}
	return vfs.Find("os").Delete(name, syncDir)
}

func (d *disk) Access(name string, flags vfs.AccessFlag) (bool, error) {
	return vfs.Find("os").Access(name, flags)
}

func (d *disk) FullPathname(name string) (string, error) { return vfs.Find("os").FullPathname(name) }

type diskFile struct {
	vfs.File
	d     *disk
	image *image
}

// does does one thing that changes the file, unless the power is off.
func (f *diskFile) does(do func() error) error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if f.d.off.Load() {
		return errOff
	}
	return do()
}

func (f *diskFile) WriteAt(b []byte, at int64) (n int, err error) {
	err = f.does(func() error {
		f.image.writes = append(f.image.writes, write{at: at, data: bytes.Clone(b)})
		n, err = f.File.WriteAt(b, at)
		return err
	})
	return n, err
}

func (f *diskFile) Truncate(size int64) error {
	return f.does(func() error {
		f.image.writes = append(f.image.writes, write{at: size})
		return f.File.Truncate(size)
	})
}

// Sync keeps what was written. Nothing is really forced to a disk: what is
// lost is decided here.
func (f *diskFile) Sync(vfs.SyncFlag) error {
	return f.does(func() error {
		for _, w := range f.image.writes {
			if w.data == nil {
				f.image.synced = f.image.synced[:min(int64(len(f.image.synced)), w.at)]
				continue
			}
			f.image.synced = put(f.image.synced, w.at, w.data)
		}
		f.image.writes = nil
		return nil
	})
}

func (f *diskFile) SharedMemory() vfs.SharedMemory {
	under, ok := f.File.(vfs.FileSharedMemory)
	if !ok {
		return nil
	}
	return under.SharedMemory()
}
