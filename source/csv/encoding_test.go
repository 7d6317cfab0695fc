package csv_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"fettle/source/csv"
)

// written are names and words of languages, and how files of them are encoded.
var written = []struct {
	words  string
	codecs []encoding.Encoding
}{
	{"Łukasz Żółć,Małgorzata Wójcik,Paweł Szymański,Święty Źrebiec,Kierownik działu,Księgowa", []encoding.Encoding{charmap.Windows1250, charmap.ISO8859_2, charmap.CodePage852}},
	{"Jiří Dvořák,Žaneta Řezníčková,Věra Novotná,Šárka Čermáková,ředitel prodeje,účetní", []encoding.Encoding{charmap.Windows1250, charmap.ISO8859_2, charmap.CodePage852}},
	{"Szűcs Győző,Kovács István,Tóth Ágnes,Értékesítési vezető,Őry Béla", []encoding.Encoding{charmap.Windows1250, charmap.ISO8859_2}},
	{"Željko Šarić,Đurđica Kovačić,Časlav Ćosić", []encoding.Encoding{charmap.Windows1250, charmap.ISO8859_2}},
	{"Пётр Сидоров,Мария Иванова,главный инженер,Юлия Щербакова", []encoding.Encoding{charmap.Windows1251, charmap.KOI8R, charmap.ISO8859_5, charmap.CodePage866, charmap.MacintoshCyrillic}},
	{"Їжак Ґонта,Олексій Ковальчук,Наталія Шевченко,бухгалтер", []encoding.Encoding{charmap.Windows1251, charmap.KOI8U}},
	{"Γιώργος Παπαδόπουλος,Μαρία Νικολάου,Διευθυντής πωλήσεων", []encoding.Encoding{charmap.Windows1253, charmap.ISO8859_7}},
	{"Gökhan Şahin,Ayşe Yıldız,İbrahim Çağlar,Satış müdürü", []encoding.Encoding{charmap.Windows1254, charmap.ISO8859_9}},
	{"דוד כהן,רחל לוי,מנהל מכירות", []encoding.Encoding{charmap.Windows1255, charmap.ISO8859_8}},
	{"محمد علي,فاطمة حسن,مدير المبيعات", []encoding.Encoding{charmap.Windows1256, charmap.ISO8859_6}},
	{"Jonas Žukauskas,Rūta Kazlauskienė,Ąžuolas Šimkus,vadovė", []encoding.Encoding{charmap.Windows1257}},
	{"สมชาย ใจดี,สมหญิง รักไทย", []encoding.Encoding{charmap.Windows874}},
	{"Jörg Müller,Käthe Weiß,Geschäftsführer,Özdemir GmbH", []encoding.Encoding{charmap.Windows1252, charmap.Macintosh, charmap.CodePage850}},
	{"François Lefèvre,Zoë Garçon,Hélène Noël,Directeur général", []encoding.Encoding{charmap.Windows1252, charmap.Macintosh, charmap.CodePage850}},
	{"José Muñoz,Begoña Íñiguez,María Núñez,Dirección", []encoding.Encoding{charmap.Windows1252, charmap.Macintosh, charmap.CodePage850}},
	{"Søren Kjær,Bødker Ærø,Åge Müller,José Núñez,François", []encoding.Encoding{charmap.Windows1252, charmap.Macintosh}},
	{"김민수,이영희,박지성,영업부장,쌰쨕 펲시콜라", []encoding.Encoding{korean.EUCKR}},
	{"山田太郎,佐藤花子,高橋健一,営業部長", []encoding.Encoding{japanese.ShiftJIS, japanese.EUCJP, japanese.ISO2022JP}},
	{"王小明,李娜,张伟,销售经理,北京市", []encoding.Encoding{simplifiedchinese.GB18030}},
	{"王小明,陳美玲,張偉,銷售經理,臺北市", []encoding.Encoding{traditionalchinese.Big5}},
	{"Zoë,Łukasz,Пётр,山田", []encoding.Encoding{
		unicode.UTF8, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
		utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), utf32.UTF32(utf32.BigEndian, utf32.UseBOM),
	}},
}

// people makes a table of names, half of it plain ASCII.
func people(words string) string {
	var b strings.Builder
	b.WriteString("name,email\n")
	for i, w := range strings.Split(words, ",") {
		fmt.Fprintf(&b, "Ann Lee,ann%d@acme.test\n%s,u%d@acme.test\n", i, w, i)
	}
	return b.String()
}

func TestEncodings(t *testing.T) {
	for _, w := range written {
		for _, codec := range w.codecs {
			text := people(w.words)
			content, err := codec.NewEncoder().String(text)
			if err != nil {
				t.Fatal(err)
			}
			t.Run(fmt.Sprint(codec, " ", w.words[:4]), func(t *testing.T) {
				got := read(t, []byte(content), "x.csv", csv.Options{})
				if want := read(t, []byte(text), "x.csv", csv.Options{}); fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("%v", got.Rows)
				}
			})
		}
	}
}

// TestSaidEncodings reads what is told, whatever it looks like.
func TestSaidEncodings(t *testing.T) {
	for name, codec := range map[string]encoding.Encoding{
		"cp850": charmap.CodePage850, "CP1251": charmap.Windows1251, "win-1250": charmap.Windows1250, "KOI8-R": charmap.KOI8R, "mac": charmap.Macintosh, "Latin2": charmap.ISO8859_2, "CP949": korean.EUCKR, "shift-jis": japanese.ShiftJIS,
	} {
		for _, word := range []string{"é", "Ж", "ł", "김", "山"} {
			content, err := codec.NewEncoder().String("name,b\n" + word + ",1\n")
			if err != nil {
				continue
			}
			if got := read(t, []byte(content), "x.csv", csv.Options{Encoding: name}); got.Rows[0][0] != word {
				t.Errorf("%s: %q is read as %q", name, word, got.Rows[0][0])
			}
		}
	}
	if _, err := csv.Open(strings.NewReader("a\n"), 0, "x.csv", csv.Options{Encoding: "ebcdic-9"}); err == nil {
		t.Error("any name is an encoding")
	}
}

// TestDoubtIsSaid: of letters that are too few to tell, one guess is taken and
// said; what is certain is not doubted.
func TestDoubtIsSaid(t *testing.T) {
	kinds := func(content []byte) (out []string) {
		r, err := csv.Open(bytes.NewReader(content), 0, "x.csv", csv.Options{})
		if err != nil {
			t.Fatal(err)
		}
		drain(t, r)
		for _, n := range r.Notes() {
			out = append(out, n.Kind)
		}
		return out
	}
	if got := kinds([]byte("name,b\nZo\x91,1\n")); fmt.Sprint(got) != "[encoding_doubtful]" {
		t.Error(got)
	}
	if got := kinds([]byte("name,b\nZoë,1\n")); got != nil {
		t.Error(got)
	}
	latin, err := charmap.Windows1252.NewEncoder().String(people("José Núñez,Jörg Müller,Hélène Noël,Käthe Weiß"))
	if err != nil {
		t.Fatal(err)
	}
	if got := kinds([]byte(latin)); fmt.Sprint(got) != "[encoding]" {
		t.Error(got)
	}
	// A row of another script, far down, is found and told.
	late := latin + strings.Repeat("Ann,a@acme.test\n", 1<<17) + "\x8e\x52\x93\x63\x91\xbe\x98\x59,y@acme.test\n"
	if got := kinds([]byte(late)); fmt.Sprint(got) != "[encoding letters]" {
		t.Error(got)
	}
}

// TestOneBadByte is one bad row of a file of UTF-8, wherever it stands.
func TestOneBadByte(t *testing.T) {
	good := strings.Repeat("Zoë,z@acme.test\n", 200)
	for _, before := range []int{0, 1, 200} {
		content := "name,email\n" + good[:before*len("Zoë,z@acme.test\n")] + "Zo\xe9,y@acme.test\n" + good[before*len("Zoë,z@acme.test\n"):]
		got := read(t, []byte(content), "x.csv", csv.Options{})
		if want := fmt.Sprintf("%d: the row is not valid UTF-8", before+2); len(got.Rows) != 200 || fmt.Sprint(got.Rejects) != "["+want+"]" || got.Rows[0][0] != "Zoë" {
			t.Errorf("%d: %d rows, %v", before, len(got.Rows), got.Rejects)
		}
	}
}
