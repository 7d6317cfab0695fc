package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestImage holds that an archive is whole: the layers are those that the
// configuration names, the program is root's, the data folder is nonroot's, and the
// same content gives the same bytes.
func TestImage(t *testing.T) {
	im := image{Binary: []byte("program"), Roots: []byte("roots"), Version: "1.2.3", Arch: "arm64", Made: time.Unix(1, 0).UTC()}
	var first, second bytes.Buffer
	if err := errors.Join(im.write(&first), im.write(&second)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same image has other bytes when it is made again")
	}
	plain, err := gzip.NewReader(&first)
	if err != nil {
		t.Fatal(err)
	}
	parts, _ := files(t, plain)
	var manifest []struct {
		Config           string
		RepoTags, Layers []string
	}
	if err := json.Unmarshal(parts["manifest.json"], &manifest); err != nil || len(manifest) != 1 {
		t.Fatal(err, manifest)
	}
	var config struct {
		Architecture string
		RootFS       struct {
			DiffIDs []string `json:"diff_ids"`
		}
	}
	if err := json.Unmarshal(parts[manifest[0].Config], &config); err != nil {
		t.Fatal(err)
	}
	all, owners := map[string][]byte{}, map[string]int{}
	for i, name := range manifest[0].Layers {
		if got := "sha256:" + sum(parts[name]); got != config.RootFS.DiffIDs[i] {
			t.Errorf("layer %d is %s, and the configuration says %s", i, got, config.RootFS.DiffIDs[i])
		}
		content, owner := files(t, bytes.NewReader(parts[name]))
		for n := range content {
			all[n], owners[n] = content[n], owner[n]
		}
	}
	if string(all["usr/bin/fettle"]) != "program" || owners["usr/bin/fettle"] != 0 || owners["data/"] != nonroot || string(all["etc/ssl/certs/ca-certificates.crt"]) != "roots" {
		t.Errorf("in the image: %v, of %v", all, owners)
	}
	if config.Architecture != "arm64" || !slices.Equal(manifest[0].RepoTags, []string{"fettle:1.2.3"}) {
		t.Errorf("for %s, %v", config.Architecture, manifest[0].RepoTags)
	}
}

func files(t *testing.T, r io.Reader) (content map[string][]byte, owner map[string]int) {
	t.Helper()
	content, owner = map[string][]byte{}, map[string]int{}
	for in := tar.NewReader(r); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return content, owner
		}
		if err != nil {
			t.Fatal(err)
		}
		if content[h.Name], err = io.ReadAll(in); err != nil {
			t.Fatal(err)
		}
		owner[h.Name] = h.Uid
	}
}

// TestImageIsTheDockerfile holds that both ways to an image give the same defaults.
func TestImageIsTheDockerfile(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "deploy", "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	line := func(word string) string {
		all := regexp.MustCompile(`(?m)^`+word+` (.*)$`).FindAllStringSubmatch(string(text), -1)
		if len(all) == 0 {
			t.Fatalf("the Dockerfile has no %s", word)
		}
		return all[len(all)-1][1]
	}
	list := func(s string) (v []string) {
		if err := json.Unmarshal([]byte(s), &v); err != nil {
			t.Fatal(err, s)
		}
		return v
	}
	d := defaults("dev")
	if got := strings.Fields(line("ENV")); !slices.Equal(got, d.Env[1:]) {
		t.Errorf("ENV of the Dockerfile %q, of the image %q", got, d.Env[1:])
	}
	for word, want := range map[string][]string{"ENTRYPOINT": d.Entrypoint, "CMD": d.Cmd} {
		if got := list(line(word)); !slices.Equal(got, want) {
			t.Errorf("%s of the Dockerfile %q, of the image %q", word, got, want)
		}
	}
	_, port := d.ExposedPorts[line("EXPOSE")+"/tcp"]
	_, volume := d.Volumes[line("VOLUME")]
	if !port || !volume || !strings.Contains(line("FROM"), ":"+d.User) {
		t.Errorf("the Dockerfile and the image differ in port, volume or user: %+v", d)
	}
	check := line("HEALTHCHECK")
	flags, cmd, _ := strings.Cut(check, " CMD ")
	h := d.Healthcheck
	if flags != "--interval="+h.Interval.String()+" --timeout="+h.Timeout.String()+" --start-period="+h.StartPeriod.String() || !slices.Equal(list(cmd), h.Test[1:]) {
		t.Errorf("HEALTHCHECK of the Dockerfile %q, of the image %+v", check, h)
	}
}
