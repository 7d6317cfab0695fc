// Command image packs the program into a container image, without a container
// engine: an archive that `docker load`, `podman load` and `ctr images import` take.
// The same binary, version and time give the same bytes.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"
)

// nonroot is the user whom the program runs as; the number is that of the image that
// deploy/Dockerfile starts from.
const nonroot = 65532

// settings are the image's defaults. They are those of deploy/Dockerfile.
type settings struct {
	User         string
	ExposedPorts map[string]struct{}
	Env          []string
	Entrypoint   []string
	Cmd          []string
	Volumes      map[string]struct{}
	Labels       map[string]string
	Healthcheck  healthcheck
}

type healthcheck struct {
	Test                           []string
	Interval, Timeout, StartPeriod time.Duration
}

func defaults(version string) settings {
	return settings{
		User:         "nonroot",
		ExposedPorts: map[string]struct{}{"7070/tcp": {}},
		Env: []string{
			"PATH=/usr/bin", "FETTLE_DB=/data/fettle.db", "FETTLE_ADDR=0.0.0.0:7070", "FETTLE_METRICS_ADDR=127.0.0.1:9090",
			"FETTLE_LOG_LEVEL=info", "FETTLE_LOG_FORMAT=json", "XDG_DATA_HOME=/data",
		},
		Entrypoint:  []string{"/usr/bin/fettle"},
		Cmd:         []string{"serve"},
		Volumes:     map[string]struct{}{"/data": {}},
		Labels:      map[string]string{"org.opencontainers.image.title": "fettle", "org.opencontainers.image.version": version, "org.opencontainers.image.licenses": "Apache-2.0"},
		Healthcheck: healthcheck{Test: []string{"CMD", "/usr/bin/fettle", "health"}, Interval: 10 * time.Second, Timeout: 5 * time.Second, StartPeriod: 30 * time.Second},
	}
}

// image is what is packed.
type image struct {
	Binary, Roots []byte
	Version, Arch string
	Made          time.Time
}

func main() {
	binary := flag.String("binary", "", "the program, for Linux")
	roots := flag.String("roots", "/etc/ssl/certs/ca-certificates.crt", "the certificates that it trusts when it calls out")
	arch := flag.String("arch", "amd64", "the machine that the program is for")
	version := flag.String("version", "dev", "the image's tag")
	made := flag.Int64("made", 0, "the time of what is in it, in seconds since 1970")
	out := flag.String("o", "", "the archive to write")
	flag.Parse()
	if err := pack(*binary, *roots, *out, image{Version: *version, Arch: *arch, Made: time.Unix(*made, 0).UTC()}); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func pack(binary, roots, out string, im image) (err error) {
	if im.Binary, err = os.ReadFile(binary); err != nil {
		return err
	}
	if im.Roots, err = os.ReadFile(roots); err != nil {
		return fmt.Errorf("%w: name the machine's certificates with -roots", err)
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	return errors.Join(im.write(f), f.Close())
}

// write writes the archive: two layers, so that an upgrade sends the program alone.
func (im image) write(w io.Writer) error {
	base, err := im.layer([]entry{
		{"etc/", tar.TypeDir, 0o755, 0, nil},
		{"etc/group", tar.TypeReg, 0o644, 0, fmt.Appendf(nil, "root:x:0:\nnonroot:x:%d:\n", nonroot)},
		{"etc/passwd", tar.TypeReg, 0o644, 0, fmt.Appendf(nil, "root:x:0:0:root:/:/sbin/nologin\nnonroot:x:%d:%d:nonroot:/data:/sbin/nologin\n", nonroot, nonroot)},
		{"etc/ssl/certs/ca-certificates.crt", tar.TypeReg, 0o644, 0, im.Roots},
		{"tmp/", tar.TypeDir, 0o1777, 0, nil},
		{"data/", tar.TypeDir, 0o700, nonroot, nil},
	})
	if err != nil {
		return err
	}
	program, err := im.layer([]entry{{"usr/bin/fettle", tar.TypeReg, 0o755, 0, im.Binary}})
	if err != nil {
		return err
	}
	type rootfs struct {
		Type    string   `json:"type"`
		DiffIDs []string `json:"diff_ids"`
	}
	config, err := json.Marshal(struct {
		Created      time.Time `json:"created"`
		Architecture string    `json:"architecture"`
		OS           string    `json:"os"`
		Config       settings  `json:"config"`
		RootFS       rootfs    `json:"rootfs"`
	}{im.Made, im.Arch, "linux", defaults(im.Version), rootfs{"layers", []string{"sha256:" + sum(base), "sha256:" + sum(program)}}})
	if err != nil {
		return err
	}
	type manifest struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
	list, err := json.Marshal([]manifest{{sum(config) + ".json", []string{"fettle:" + im.Version}, []string{sum(base) + ".tar", sum(program) + ".tar"}}})
	if err != nil {
		return err
	}
	archive, err := im.layer([]entry{
		{sum(config) + ".json", tar.TypeReg, 0o644, 0, config},
		{sum(base) + ".tar", tar.TypeReg, 0o644, 0, base},
		{sum(program) + ".tar", tar.TypeReg, 0o644, 0, program},
		{"manifest.json", tar.TypeReg, 0o644, 0, list},
	})
	if err != nil {
		return err
	}
	packed := gzip.NewWriter(w)
	_, err = packed.Write(archive)
	return errors.Join(err, packed.Close())
}

type entry struct {
	name  string
	kind  byte
	mode  int64
	owner int
	data  []byte
}

func (im image) layer(entries []entry) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		err := w.WriteHeader(&tar.Header{Name: e.name, Typeflag: e.kind, Mode: e.mode, Uid: e.owner, Gid: e.owner, Size: int64(len(e.data)), ModTime: im.Made})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(e.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}
