package identity

import (
	"strings"
	"time"
	"unicode"
)

// monthNames are the beginnings of the months' names that tell them apart, in
// the languages of the files that people bring; a name is looked up by its
// longest beginning here.
var monthNames = func() map[string]time.Month {
	out := map[string]time.Month{}
	for i, names := range []string{
		"jan january januar janvier enero ene gennaio gen janeiro januari styczen stycznia sty leden ledna января янв tammikuu ocak",
		"feb february februar fevrier fev fevr febrero febbraio fevereiro februari luty lutego lut unor unora февраля фев helmikuu subat",
		"mar march marz maerz mrz mars marzo marco maart mrt marzec marca brezen brezna марта мар maaliskuu mart",
		"apr april avril avr abril abr aprile kwiecien kwietnia kwi duben dubna апреля апр huhtikuu nisan",
		"may mai mayo maggio mag maio mei maj maja kveten kvetna мая май toukokuu mayis",
		"jun june juni juin junio giugno giu junho czerwiec czerwca cze cerven cervna июня июн kesakuu haziran",
		"jul july juli juillet juil julio luglio lug julho lipiec lipca lip cervenec cervence июля июл heinakuu temmuz",
		"aug august aout agosto ago augustus augusti sierpien sierpnia sie srpen srpna августа авг elokuu agustos",
		"sep sept september septembre septiembre settembre set setembro septembrie wrzesien wrzesnia wrz zari сентября сен syyskuu eylul",
		"oct october oktober okt octobre octubre ottobre ott outubro out pazdziernik pazdziernika paz rijen rijna октября окт lokakuu ekim",
		"nov november novembre noviembre novembro listopad listopada lis listopadu ноября ноя marraskuu kasim",
		"dec december dezember dez decembre diciembre dic dicembre dezembro grudzien grudnia gru prosinec prosince декабря дек joulukuu aralik",
	} {
		for name := range strings.FieldsSeq(names) {
			out[name] = time.Month(i + 1)
		}
	}
	return out
}()

// dayWords may stand in a date beside its day, month and year.
var dayWords = wordSet(`of the de del di den d at um`)

// namedDay reads a date whose month is written as a word: 29. Februar 2024,
// le 29 février 2024, 29 de febrero de 2024, February 29th, 2024.
func namedDay(s string) (time.Time, bool) {
	if !strings.ContainsFunc(s, unicode.IsLetter) {
		return time.Time{}, false
	}
	parts := strings.FieldsFunc(foldMailbox(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	day, year, month := 0, 0, time.Month(0)
	for i, p := range parts {
		switch m, named := monthNames[p]; {
		case named && month == 0:
			month = m
		case digits(p) && len(p) == 4 && year == 0:
			year = atoi(p)
		case day == 0 && ordinal(p) > 0:
			day = ordinal(p)
		case dayWords[p], i == 0 && !named && !strings.ContainsAny(p, "0123456789"): // a weekday, or "le"
		default:
			return time.Time{}, false
		}
	}
	if year == 0 || month == 0 || day == 0 {
		return time.Time{}, false
	}
	t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	return t, t.Day() == day
}

// ordinal reads the day of a month: 1, 29, 29th, 1er.
func ordinal(s string) int {
	number := strings.TrimRightFunc(s, unicode.IsLetter)
	switch s[len(number):] {
	case "", "st", "nd", "rd", "th", "er", "o", "a":
		if n := atoi(number); n >= 1 && n <= 31 && len(number) <= 2 {
			return n
		}
	}
	return 0
}
