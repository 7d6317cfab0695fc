package storetest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the pgx driver

	"fettle/store"
)

// shared is the cluster of this test process: tests of one process share it,
// since starting one takes a second.
var shared cluster

// cluster is a PostgreSQL server: one that was named, or our own.
type cluster struct {
	once  sync.Once
	err   error
	admin *sql.DB
	url   func(database string) string
	dir   string // "" for a server that was named
	// How our own server copies a template: as files where it can, a third of the
	// work of writing each page to the log.
	copies string
	bin    string // where the programs of our own server are
	owner  *syscall.Credential
	pid    int           // of our own server
	done   chan struct{} // closed when our own server has ended
	log    *bytes.Buffer // what it said
	mu     sync.Mutex    // one CREATE DATABASE at a time
}

// errMissing says that PostgreSQL is not installed here.
var errMissing = errors.New("PostgreSQL is not installed: apt-get install postgresql, or set FETTLE_TEST_POSTGRES=postgres://…")

const template = "fettle_template"

func (c *cluster) get(tb testing.TB) *cluster {
	tb.Helper()
	named := os.Getenv("FETTLE_TEST_POSTGRES")
	skipIfOff(tb)
	c.once.Do(func() {
		if named != "" {
			c.err = c.use(named)
		} else {
			c.err = c.start()
		}
	})
	mustRun(tb, c.err)
	return c
}

// skipIfOff skips where somebody wants no PostgreSQL; CI is not to be told so.
func skipIfOff(tb testing.TB) {
	tb.Helper()
	if os.Getenv("FETTLE_TEST_POSTGRES") != "off" {
		return
	}
	if os.Getenv("CI") == "true" {
		tb.Fatal("FETTLE_TEST_POSTGRES=off, and CI=true: half of the tests would be left out")
	}
	tb.Skip("SKIPPED ON POSTGRESQL: FETTLE_TEST_POSTGRES=off")
}

// mustRun ends a test that has no server: where none is installed it is
// skipped, but fails where CI=true.
func mustRun(tb testing.TB, err error) {
	tb.Helper()
	switch {
	case errors.Is(err, errMissing) && os.Getenv("CI") != "true":
		tb.Skip("SKIPPED ON POSTGRESQL: " + err.Error())
	case err != nil:
		tb.Fatal(err)
	}
}

// use takes a server that runs already.
func (c *cluster) use(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	c.url = func(database string) string {
		v := *u
		v.Path = "/" + database
		return v.String()
	}
	c.admin, err = sql.Open("pgx", address)
	return err
}

// database makes a database for one test.
func (c *cluster) database(tb testing.TB, withSchema bool) string {
	tb.Helper()
	name, from := randomName(), "template0"
	if withSchema && c.dir != "" {
		from = template
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.admin.ExecContext(tb.Context(), "CREATE DATABASE "+name+" TEMPLATE "+from+" ENCODING 'UTF8'"+c.copies); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if _, err := c.admin.ExecContext(context.WithoutCancel(tb.Context()), "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			tb.Log(err)
		}
	})
	return c.url(name)
}

// start makes a cluster of our own and starts its server.
func (c *cluster) start() error {
	var err error
	if c.bin, err = binaries(); err != nil {
		return err
	}
	if c.owner, err = serverUser(); err != nil {
		return err
	}
	removeLeftovers()
	c.dir, err = makeDir()
	if err != nil {
		return err
	}
	if c.owner != nil {
		if err := os.Chown(c.dir, int(c.owner.Uid), int(c.owner.Gid)); err != nil {
			return err
		}
	}
	initdb := exec.Command(filepath.Join(c.bin, "initdb"), "-D", c.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--wal-segsize=4")
	initdb.Dir, initdb.SysProcAttr = c.dir, childOf(c.owner)
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	if err := c.launch(); err != nil {
		return err
	}
	c.url = func(database string) string {
		return "postgres:///" + database + "?host=" + url.QueryEscape(c.dir) + "&user=postgres"
	}
	return c.prepare()
}

func (c *cluster) data() string { return filepath.Join(c.dir, "data") }

// launch starts the server of a cluster of our own. Durable settings stay on,
// since the store refuses others; the rest is for speed.
func (c *cluster) launch() error {
	server := exec.Command(filepath.Join(c.bin, "postgres"), "-D", c.data(), "-k", c.dir, "-c", "listen_addresses=", "-c", "max_connections=300",
		"-c", "shared_buffers=64MB", "-c", "wal_level=minimal", "-c", "max_wal_senders=0", "-c", "full_page_writes=off",
		"-c", "autovacuum=off", "-c", "checkpoint_timeout=1h", "-c", "max_wal_size=1GB", "-c", "dynamic_shared_memory_type=mmap",
		"-c", "jit=off") // it compiles queries over tables that nobody has analysed, for longer than they run
	server.Dir, server.SysProcAttr = c.dir, childOf(c.owner)
	c.log = &bytes.Buffer{}
	server.Stdout, server.Stderr = io.Discard, c.log
	return c.run(server)
}

// wait waits until our own server answers.
func (c *cluster) wait(ctx context.Context) error {
	for c.admin.PingContext(ctx) != nil {
		select {
		case <-c.done:
			return fmt.Errorf("PostgreSQL did not start: %s", c.log)
		case <-ctx.Done():
			return errors.New("PostgreSQL did not start in time")
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// prepare waits for our own server and makes the template.
func (c *cluster) prepare() error {
	var err error
	if c.admin, err = sql.Open("pgx", c.url("postgres")); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := c.wait(ctx); err != nil {
		return err
	}
	var version int
	if err := c.admin.QueryRowContext(ctx, "SELECT CAST(current_setting('server_version_num') AS integer)").Scan(&version); err != nil {
		return err
	}
	if version >= 150_000 { // older ones know nothing else
		c.copies = " STRATEGY FILE_COPY"
	}
	if _, err := c.admin.ExecContext(ctx, "CREATE DATABASE "+template+" TEMPLATE template0"); err != nil {
		return err
	}
	return migrated(c.url(template))
}

// stop ends our own server and removes its files.
func (c *cluster) stop() {
	if c.admin != nil {
		_ = c.admin.Close()
	}
	if c.dir == "" {
		return
	}
	c.halt()
	_ = os.RemoveAll(c.dir)
}

// halt ends our own server by the immediate shutdown: it does what a crash
// does, and nothing that was not on the disk is kept.
func (c *cluster) halt() {
	if c.done == nil {
		return
	}
	_ = syscall.Kill(c.pid, syscall.SIGQUIT)
	select {
	case <-c.done:
	case <-time.After(10 * time.Second):
		_ = syscall.Kill(c.pid, syscall.SIGKILL)
		<-c.done
	}
}

func migrated(dsn string) error {
	db, err := store.Open(context.Background(), dsn, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	// A template is copied: the note of where it was is left out.
	err = db.Update(context.Background(), func(tx *store.Tx) error { return tx.PutSetting(context.Background(), store.SettingPlace, "") })
	return errors.Join(err, db.Close())
}

// binaries finds the newest server that is installed.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil {
		return "", err
	}
	version := func(p string) int {
		n, err := strconv.Atoi(strings.Split(p, "/")[4])
		if err != nil {
			return 0
		}
		return n
	}
	if len(found) > 0 {
		return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
	}
	if p, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(p), nil
	}
	return "", errMissing
}

// serverUser is who runs the server: PostgreSQL refuses to run as root.
func serverUser() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // nobody else: ourselves
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root, and there is no user postgres: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}
