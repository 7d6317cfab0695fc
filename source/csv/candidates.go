package csv

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode/utf32"

	"fettle"
)

// candidate is an encoding that a text may be in.
type candidate struct {
	name  string
	codec encoding.Encoding
	prior float64 // how much rarer than the commonest it is, as a logarithm
	pairs bool    // two bytes are a character
}

// candidates are tried in this order; the first wins a draw.
func candidates() []candidate {
	return []candidate{
		{"windows-1252", charmap.Windows1252, 0, false},
		{"windows-1250", charmap.Windows1250, -2, false},
		{"windows-1251", charmap.Windows1251, -1, false},
		{"windows-1253", charmap.Windows1253, -2, false},
		{"windows-1254", charmap.Windows1254, -2.5, false},
		{"windows-1255", charmap.Windows1255, -2, false},
		{"windows-1256", charmap.Windows1256, -2, false},
		{"windows-1257", charmap.Windows1257, -3, false},
		{"windows-874", charmap.Windows874, -2, false},
		{"iso-8859-2", charmap.ISO8859_2, -3, false},
		{"iso-8859-5", charmap.ISO8859_5, -4, false},
		{"iso-8859-6", charmap.ISO8859_6, -4, false},
		{"iso-8859-7", charmap.ISO8859_7, -4, false},
		{"iso-8859-8", charmap.ISO8859_8, -4, false},
		{"iso-8859-9", charmap.ISO8859_9, -4, false},
		{"iso-8859-10", charmap.ISO8859_10, -7, false},
		{"iso-8859-4", charmap.ISO8859_4, -6, false},
		{"iso-8859-13", charmap.ISO8859_13, -5, false},
		{"iso-8859-15", charmap.ISO8859_15, -3.5, false},
		{"iso-8859-16", charmap.ISO8859_16, -6, false},
		{"koi8-r", charmap.KOI8R, -2, false},
		{"koi8-u", charmap.KOI8U, -2.5, false},
		{"macintosh", charmap.Macintosh, -2.5, false},
		{"x-mac-cyrillic", charmap.MacintoshCyrillic, -3.5, false},
		{"ibm850", charmap.CodePage850, -3, false},
		{"ibm437", charmap.CodePage437, -3.5, false},
		{"ibm852", charmap.CodePage852, -3.5, false},
		{"ibm858", charmap.CodePage858, -4.5, false},
		{"ibm866", charmap.CodePage866, -3, false},
		{"ibm855", charmap.CodePage855, -6, false},
		{"ibm865", charmap.CodePage865, -5, false},
		{"ibm862", charmap.CodePage862, -5, false},
		{"shift_jis", japanese.ShiftJIS, 0, true},
		{"euc-jp", japanese.EUCJP, -1, true},
		{"euc-kr", korean.EUCKR, 0, true},
		{"gb18030", simplifiedchinese.GB18030, 0, true},
		{"big5", traditionalchinese.Big5, -0.5, true},
	}
}

// otherNames are names of encodings in use beside those of the web's list.
var otherNames = map[string]string{
	"cp850": "ibm850", "850": "ibm850", "oem850": "ibm850", "cp437": "ibm437", "437": "ibm437", "cp852": "ibm852", "852": "ibm852", "cp858": "ibm858", "cp866": "ibm866",
	"cp855": "ibm855", "cp865": "ibm865", "cp862": "ibm862", "cp949": "euc-kr", "uhc": "euc-kr", "ms949": "euc-kr", "949": "euc-kr",
	"cp932": "shift_jis", "932": "shift_jis", "ms932": "shift_jis", "cp936": "gb18030", "936": "gb18030", "cp950": "big5", "950": "big5", "cp874": "windows-874", "874": "windows-874",
	"mac": "macintosh", "macroman": "macintosh", "mac-roman": "macintosh", "x-mac-roman": "macintosh", "maccyrillic": "x-mac-cyrillic", "mac-cyrillic": "x-mac-cyrillic",
	"ansi": "windows-1252", "latin-1": "windows-1252", "latin-2": "iso-8859-2", "latin-9": "iso-8859-15", "utf8": "utf-8", "utf-8-sig": "utf-8", "utf16": "utf-16le", "utf-16": "utf-16le",
}

// codecNamed finds an encoding by the names that people and programs use.
func codecNamed(said string) (name string, codec encoding.Encoding, err error) {
	name = strings.ToLower(strings.TrimSpace(said))
	name = strings.ReplaceAll(name, "_", "-")
	if name == "shift-jis" || name == "sjis" {
		name = "shift_jis"
	}
	for _, prefix := range []string{"windows", "win", "cp"} { // win1251, cp1251
		if rest := strings.TrimPrefix(strings.TrimPrefix(name, prefix), "-"); len(rest) == 4 && strings.HasPrefix(rest, "125") {
			name = "windows-" + rest
		}
	}
	if other, known := otherNames[name]; known {
		name = other
	}
	switch name {
	case "utf-32le", "utf-32":
		return "utf-32le", utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), nil
	case "utf-32be":
		return name, utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), nil
	}
	all := candidates()
	if i := slices.IndexFunc(all, func(c candidate) bool { return c.name == name }); i >= 0 {
		return name, all[i].codec, nil
	}
	codec, err = htmlindex.Get(name)
	if err != nil {
		return "", nil, fettle.Errorf(fettle.Invalid, "%.40q is not an encoding", said).
			WithHint("Use utf-8, utf-16le, windows-1250 to windows-1257, iso-8859-2, koi8-r, macintosh, cp850, shift_jis, euc-kr, gb18030, big5 or another name from the web's list.").With("field", "encoding")
	}
	return name, codec, nil
}

// fitOf is how likely the text is in the encoding: the best of the alphabets
// for one of single bytes, and how common its characters are for one of pairs.
func (c candidate) fitOf(text []byte, all []alphabet) (score float64, decoded string) {
	out, err := c.codec.NewDecoder().Bytes(text)
	if err != nil {
		return -1e9, ""
	}
	decoded = string(out)
	runes := []rune(decoded)
	if c.pairs {
		return c.prior + pairFit(runes, c.name), decoded
	}
	best := -1e9
	for i := range all {
		if sum, _ := all[i].fit(runes); sum > best {
			best = sum
		}
	}
	return c.prior + best, decoded
}

// pairFit adds up how common the characters of an East Asian text are. They
// take two bytes each, so that the sums compare with those of single bytes.
func pairFit(text []rune, name string) float64 {
	sum, kana, han, hangul := 0.0, 0, 0, 0
	for _, r := range text {
		switch {
		case r < 0x80:
		case unicode.In(r, unicode.Hiragana, unicode.Katakana) && r < 0xff00:
			kana++
			sum += -5
			if name != "shift_jis" && name != "euc-jp" {
				sum -= 6
			}
		case r >= 0xac00 && r <= 0xd7a3:
			hangul++
			sum += -6.2
			if !commonHangul(r) {
				sum -= 3
			}
		case r >= 0x4e00 && r <= 0x9fff:
			han++
			sum += hanCost(r, name)
		case r >= 0xff01 && r <= 0xff5e, r >= 0x3000 && r <= 0x303f, r == '·', r == '—', r == '…', r == '“', r == '”':
			sum += -7
		case r == unicode.ReplacementChar, r >= 0xe000 && r <= 0xf8ff:
			sum += -30
		default: // half-width kana, rare signs
			sum += -15
		}
	}
	if name == "euc-kr" {
		sum -= 4 * float64(han) // Korean is written in Hangul now
	}
	if kana == 0 && hangul == 0 && (name == "shift_jis" || name == "euc-jp") {
		sum -= 2
	}
	return sum
}

// hanCost is the cost of a Chinese character: the encodings put the commoner
// ones first, in a first level.
func hanCost(r rune, name string) float64 {
	const common, rare = -7.2, -12.
	var lead byte
	encode := func(codec encoding.Encoding) byte {
		b, err := codec.NewEncoder().Bytes([]byte(string(r)))
		if err != nil || len(b) != 2 {
			return 0
		}
		return b[0]
	}
	first := false
	switch name {
	case "gb18030":
		lead = encode(simplifiedchinese.GBK)
		first = lead >= 0xb0 && lead <= 0xd7
	case "big5":
		lead = encode(traditionalchinese.Big5)
		first = lead >= 0xa4 && lead <= 0xc6
	case "shift_jis", "euc-jp":
		lead = encode(japanese.EUCJP)
		first = lead >= 0xb0 && lead <= 0xcf
	case "euc-kr":
		lead = encode(korean.EUCKR)
		first = lead != 0
	}
	switch {
	case strings.ContainsRune(commonHan[name], r):
		return common + 2.2
	case first:
		return common
	}
	return rare
}

// commonHan are the commonest characters of names, places, companies and titles.
var commonHan = map[string]string{
	"shift_jis": japaneseHan, "euc-jp": japaneseHan,
	"gb18030": "王李张刘陈杨黄赵周吴徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹明小大国文华建伟丽娜静芳强军平红公司有限经理北京上海市广州深圳科技销售总部中",
	"big5":    "王李張劉陳楊黃趙周吳徐孫馬朱胡林郭何高羅鄭梁謝宋唐許鄧馮韓曹曾彭蕭蔡潘田董袁于余葉蔣杜蘇魏程呂丁沈任姚盧傅鍾姜崔譚廖范汪陸金石戴賈韋夏邱方侯明小大國文華建偉麗美玲志公司有限經理臺北台中市高雄香港科技股份銷售總部",
}

const japaneseHan = "田山本中村小林佐藤高橋鈴木渡辺伊加吉子太郎一美井川野松島石原藤岡大上下森池阿部清斎谷三二次和雄男夫明健花恵真由紀久保西東京都市区会社株式営業部長課係員代表取締役開発経理事務所人総"

// commonHangul are the syllables of KS X 1001, which all but a few words use.
func commonHangul(r rune) bool {
	b, err := korean.EUCKR.NewEncoder().Bytes([]byte(string(r)))
	return err == nil && len(b) == 2 && b[0] >= 0xb0 && b[0] <= 0xc8 && b[1] >= 0xa1
}
