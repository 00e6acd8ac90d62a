package tools

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// zone returns the time zone of TZ, or UTC.
func (c *Call) zone() *time.Location {
	if tz := c.env("TZ"); tz != "" {
		if l, err := time.LoadLocation(strings.TrimPrefix(tz, ":")); err == nil {
			return l
		}
	}
	return time.UTC
}

func date(ctx context.Context, c *Call) int {
	zone := c.zone()
	when, text, file := time.Now(), "", ""
	format := ""
	o := c.options("d=date u,utc ,universal R,rfc-email I?iso-8601 r=reference s=set f=file =rfc-3339 ,debug")
	for o.next() {
		switch o.name {
		case "d":
			text = o.value
			if text == "" {
				text = "today 00:00"
			}
		case "u", "universal":
			zone = time.UTC
		case "R":
			format = "%a, %d %b %Y %H:%M:%S %z"
		case "I":
			f := map[string]string{"": "%Y-%m-%d", "date": "%Y-%m-%d", "hours": "%Y-%m-%dT%H%:z", "minutes": "%Y-%m-%dT%H:%M%:z",
				"seconds": "%Y-%m-%dT%H:%M:%S%:z", "ns": "%Y-%m-%dT%H:%M:%S,%N%:z"}
			for k, v := range f {
				if o.value != "" && strings.HasPrefix(k, o.value) || k == o.value {
					format = v
				}
			}
			if format == "" {
				c.usage(1, "invalid argument ‘%s’ for ‘--iso-8601’", o.value)
			}
		case "rfc-3339":
			format = map[string]string{"date": "%Y-%m-%d", "seconds": "%Y-%m-%d %H:%M:%S%:z", "ns": "%Y-%m-%d %H:%M:%S.%N%:z"}[o.value]
		case "r":
			fi, err := stat(c.path(o.value))
			if err != nil {
				c.die(1, "%s: %s", o.value, reason(err))
			}
			when = fi.ModTime()
		case "s":
			c.die(1, "cannot set date: Operation not permitted")
		case "f":
			file = o.value
		}
	}
	for _, a := range o.args {
		if !strings.HasPrefix(a, "+") {
			c.die(1, "invalid date ‘%s’", a)
		}
		format = a[1:]
	}
	if format == "" && len(o.args) == 0 {
		format = "%a %b %e %H:%M:%S %Z %Y"
	}
	show := func(text string, when time.Time) bool {
		if text != "" {
			var err error
			if when, err = parseDate(text, when, zone); err != nil {
				c.warn("invalid date ‘%s’", text)
				return false
			}
		}
		c.print(formatDate(format, when.In(zone)) + "\n")
		return true
	}
	if file == "" {
		if !show(text, when) {
			return 1
		}
		return 0
	}
	status := 0
	for _, l := range c.fileLines(file, '\n') {
		if !show(l, when) {
			status = 1
		}
	}
	return status
}

// formatDate formats a time the way strftime and date do.
func formatDate(format string, t time.Time) string {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		begin := i
		i++
		flag := byte(0)
		for i < len(format) && strings.IndexByte("-_0^#", format[i]) >= 0 {
			flag = format[i]
			i++
		}
		width := digits(format[i:])
		i += len(width)
		colons := 0
		for i < len(format) && format[i] == ':' {
			colons++
			i++
		}
		if i == len(format) {
			b.WriteString(format[begin:])
			break
		}
		text, ok := dateField(format[i], t, colons, flag)
		if !ok {
			b.WriteString(format[begin : i+1])
			continue
		}
		n, _ := strconv.Atoi(width)
		if format[i] == 'N' && n > 0 && n < 9 {
			text, n = text[:n], 0
		}
		switch flag {
		case '^':
			text = strings.ToUpper(text)
		case '#':
			text = strings.ToUpper(text)
		}
		for len(text) < min(n, 1024) {
			if flag == '_' || text == "" || !digit(text[0]) {
				text = " " + text
			} else {
				text = "0" + text
			}
		}
		b.WriteString(text)
	}
	return b.String()
}

// dateField formats one conversion.
func dateField(verb byte, t time.Time, colons int, flag byte) (string, bool) {
	num := func(n, width int, fill byte) string {
		switch flag {
		case '-':
			return strconv.Itoa(n)
		case '_':
			fill = ' '
		case '0':
			fill = '0'
		}
		s := strconv.Itoa(n)
		for len(s) < width {
			s = string(rune(fill)) + s
		}
		return s
	}
	hour12 := (t.Hour()+11)%12 + 1
	isoYear, isoWeek := t.ISOWeek()
	switch verb {
	case '%':
		return "%", true
	case 'n':
		return "\n", true
	case 't':
		return "\t", true
	case 'Y':
		return strconv.Itoa(t.Year()), true
	case 'C':
		return num(t.Year()/100, 2, '0'), true
	case 'y':
		return num(t.Year()%100, 2, '0'), true
	case 'm':
		return num(int(t.Month()), 2, '0'), true
	case 'd':
		return num(t.Day(), 2, '0'), true
	case 'e':
		return num(t.Day(), 2, ' '), true
	case 'H':
		return num(t.Hour(), 2, '0'), true
	case 'k':
		return num(t.Hour(), 2, ' '), true
	case 'I':
		return num(hour12, 2, '0'), true
	case 'l':
		return num(hour12, 2, ' '), true
	case 'M':
		return num(t.Minute(), 2, '0'), true
	case 'S':
		return num(t.Second(), 2, '0'), true
	case 'N':
		return fmt.Sprintf("%09d", t.Nanosecond()), true
	case 'j':
		return num(t.YearDay(), 3, '0'), true
	case 'u':
		return strconv.Itoa((int(t.Weekday())+6)%7 + 1), true
	case 'w':
		return strconv.Itoa(int(t.Weekday())), true
	case 'V':
		return num(isoWeek, 2, '0'), true
	case 'G':
		return strconv.Itoa(isoYear), true
	case 'g':
		return num(isoYear%100, 2, '0'), true
	case 'U':
		return num((t.YearDay()+6-int(t.Weekday()))/7, 2, '0'), true
	case 'W':
		return num((t.YearDay()+6-(int(t.Weekday())+6)%7)/7, 2, '0'), true
	case 's':
		return strconv.FormatInt(t.Unix(), 10), true
	case 'q':
		return strconv.Itoa((int(t.Month())-1)/3 + 1), true
	case 'z':
		zone := t.Format("-0700")
		if colons == 1 {
			return t.Format("-07:00"), true
		}
		if colons == 2 {
			return t.Format("-07:00:00"), true
		}
		return zone, true
	}
	layout := map[byte]string{'a': "Mon", 'A': "Monday", 'b': "Jan", 'h': "Jan", 'B': "January", 'p': "PM", 'P': "pm", 'Z': "MST",
		'F': "2006-01-02", 'T': "15:04:05", 'X': "15:04:05", 'R': "15:04", 'D': "01/02/06", 'x': "01/02/06", 'r': "03:04:05 PM",
		'c': "Mon Jan _2 15:04:05 2006"}[verb]
	return t.Format(layout), layout != ""
}

var errDate = errors.New("invalid date")

var (
	dateWord  = regexp.MustCompile(`^[a-z]+`)
	dateClock = regexp.MustCompile(`^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s*(am|pm|a\.m\.|p\.m\.)?`)
	dateHour  = regexp.MustCompile(`^(\d{1,2})\s*(am|pm)\b`)
	dateISO   = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})`)
	dateUS    = regexp.MustCompile(`^(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?`)
	dateYMD   = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})\b`)
	dateSlash = regexp.MustCompile(`^(\d{4})/(\d{1,2})/(\d{1,2})`)
	dateZone  = regexp.MustCompile(`^(?:utc|gmt)?([+-])(\d{2}):?(\d{2})?`)
	dateCount = regexp.MustCompile(`^([+-]?)\s*(\d+)\s*(sec|secs|second|seconds|min|mins|minute|minutes|hour|hours|day|days|week|weeks|fortnight|fortnights|month|months|year|years)\b`)
	dateNum   = regexp.MustCompile(`^\d+`)
)

// parseDate reads a date the way date -d does: ISO dates, clock times, names of
// months and days, "@seconds" and relative items such as "2 days ago".
func parseDate(text string, now time.Time, zone *time.Location) (time.Time, error) {
	s := strings.ToLower(strings.TrimSpace(text))
	if rest, ok := strings.CutPrefix(s, "@"); ok {
		whole, frac, _ := strings.Cut(rest, ".")
		n, err := strconv.ParseInt(whole, 10, 64)
		nanos, _ := strconv.Atoi((frac + "000000000")[:9])
		return time.Unix(n, int64(nanos)), err
	}
	p := dateParser{t: now.In(zone), zone: zone}
	p.year, p.month, p.day = p.t.Year(), int(p.t.Month()), p.t.Day()
	for s = strings.TrimLeft(s, " \t,"); s != ""; s = strings.TrimLeft(s, " \t,") {
		n := p.item(s)
		if n == 0 {
			return time.Time{}, errDate
		}
		s = s[n:]
	}
	return p.result()
}

type dateParser struct {
	t                        time.Time
	zone                     *time.Location
	year, month, day         int
	hour, minute, sec, nanos int
	clock, dated             bool
	years, months, days      int
	plus                     time.Duration
	weekday                  int // 1 to 7 with Sunday as 7, 0 for none
	weeks                    int
	lastCount                func(times int) // adds the last relative item again, for "ago"
}

func (p *dateParser) result() (time.Time, error) {
	if p.month < 1 || p.month > 12 || p.day < 1 || p.day > 31 || p.hour > 23 || p.minute > 59 || p.sec > 60 {
		return time.Time{}, errDate
	}
	h, m, s, ns := p.hour, p.minute, p.sec, p.nanos
	if !p.clock && !p.dated && p.weekday == 0 { // only relative: keep the time of day
		h, m, s, ns = p.t.Hour(), p.t.Minute(), p.t.Second(), p.t.Nanosecond()
	}
	t := time.Date(p.year, time.Month(p.month), p.day, 0, 0, 0, 0, p.zone)
	if t.Day() != p.day {
		return time.Time{}, errDate
	}
	if p.weekday > 0 {
		ahead := (p.weekday - (int(t.Weekday())+6)%7 - 1 + 7) % 7
		if p.weeks > 0 && ahead == 0 {
			ahead += 7 * p.weeks
		} else if p.weeks > 0 {
			ahead += 7 * (p.weeks - 1)
		} else if p.weeks < 0 {
			ahead += 7 * p.weeks
		}
		p.days += ahead
	}
	t = time.Date(p.year+p.years, time.Month(p.month+p.months), p.day+p.days, h, m, s, ns, p.zone)
	return t.Add(p.plus), nil
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// item reads one item and returns its length, 0 when it is none.
func (p *dateParser) item(s string) int {
	if m := dateISO.FindStringSubmatch(s); m != nil {
		p.year, p.month, p.day, p.dated = atoi(m[1]), atoi(m[2]), atoi(m[3]), true
		n := len(m[0])
		if n+1 < len(s) && s[n] == 't' && digit(s[n+1]) {
			n++
		}
		return n
	}
	if m := dateSlash.FindStringSubmatch(s); m != nil {
		p.year, p.month, p.day, p.dated = atoi(m[1]), atoi(m[2]), atoi(m[3]), true
		return len(m[0])
	}
	if m := dateClock.FindStringSubmatch(s); m != nil {
		p.hour, p.minute, p.sec, p.clock = atoi(m[1]), atoi(m[2]), atoi(m[3]), true
		p.nanos = atoi((m[4] + "000000000")[:9])
		p.half(m[5])
		return len(m[0])
	}
	if m := dateHour.FindStringSubmatch(s); m != nil {
		p.hour, p.minute, p.sec, p.clock = atoi(m[1]), 0, 0, true
		p.half(m[2])
		return len(m[0])
	}
	if m := dateUS.FindStringSubmatch(s); m != nil {
		p.month, p.day, p.dated = atoi(m[1]), atoi(m[2]), true
		if y := atoi(m[3]); m[3] != "" {
			if len(m[3]) == 2 {
				y += 2000
				if atoi(m[3]) > 68 {
					y -= 100
				}
			}
			p.year = y
		}
		return len(m[0])
	}
	if m := dateCount.FindStringSubmatch(s); m != nil {
		n := atoi(m[2])
		if m[1] == "-" {
			n = -n
		}
		p.add(n, m[3])
		return len(m[0])
	}
	if m := dateZone.FindStringSubmatch(s); m != nil && p.clock {
		off := (atoi(m[2])*60 + atoi(m[3])) * 60
		if m[1] == "-" {
			off = -off
		}
		p.zone = time.FixedZone("", off)
		return len(m[0])
	}
	if m := dateYMD.FindStringSubmatch(s); m != nil {
		p.year, p.month, p.day, p.dated = atoi(m[1]), atoi(m[2]), atoi(m[3]), true
		return len(m[0])
	}
	if w := dateWord.FindString(s); w != "" {
		return p.word(w, s)
	}
	if d := dateNum.FindString(s); d != "" && p.dated && len(d) == 4 { // the year of "Jan 5 2024"
		p.year = atoi(d)
		return len(d)
	} else if d != "" && len(d) <= 2 { // the day of "5 Jan 2024"
		rest := strings.TrimLeft(s[len(d):], " -")
		w := dateWord.FindString(rest)
		if m := monthIndex(w); m > 0 {
			p.day, p.month, p.dated = atoi(d), m, true
			n := len(s) - len(rest) + len(w)
			if y := regexp.MustCompile(`^[ -](\d{4})\b`).FindString(s[n:]); y != "" {
				p.year = atoi(y[1:])
				n += len(y)
			}
			return n
		}
	}
	return 0
}

func (p *dateParser) half(mark string) {
	switch {
	case strings.HasPrefix(mark, "p") && p.hour < 12:
		p.hour += 12
	case strings.HasPrefix(mark, "a") && p.hour == 12:
		p.hour = 0
	}
}

func monthIndex(w string) int {
	if len(w) < 3 {
		return 0
	}
	for m := time.January; m <= time.December; m++ {
		if strings.HasPrefix(strings.ToLower(m.String()), w) || w == "sept" && m == time.September {
			return int(m)
		}
	}
	return 0
}

func weekdayIndex(w string) int {
	if len(w) < 3 {
		return 0
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.HasPrefix(strings.ToLower(d.String()), w) {
			return (int(d)+6)%7 + 1
		}
	}
	return 0
}

// word reads an item that begins with a word.
func (p *dateParser) word(w, s string) int {
	switch w {
	case "now", "today", "at", "on", "and", "of":
		return len(w)
	case "yesterday":
		p.add(-1, "day")
		return len(w)
	case "tomorrow":
		p.add(1, "day")
		return len(w)
	case "midnight":
		p.hour, p.minute, p.sec, p.clock = 0, 0, 0, true
		return len(w)
	case "noon":
		p.hour, p.minute, p.sec, p.clock = 12, 0, 0, true
		return len(w)
	case "z", "utc", "gmt":
		p.zone = time.UTC
		return len(w)
	case "t":
		return len(w)
	case "ago":
		if p.lastCount == nil {
			return 0
		}
		p.lastCount(-2)
		p.lastCount = nil
		return len(w)
	case "next", "last", "this":
		sign := map[string]int{"next": 1, "last": -1}[w]
		rest := strings.TrimLeft(s[len(w):], " ")
		unit := dateWord.FindString(rest)
		n := len(s) - len(rest) + len(unit)
		if d := weekdayIndex(unit); d > 0 {
			p.weekday, p.weeks = d, sign
			return n
		}
		if !dateCount.MatchString("1 " + unit) {
			return 0
		}
		p.add(sign, unit)
		return n
	}
	if m := monthIndex(w); m > 0 {
		p.month, p.dated = m, true
		rest := strings.TrimLeft(s[len(w):], " .-")
		n := len(s) - len(rest)
		if d := dateNum.FindString(rest); len(d) > 0 && len(d) <= 2 && byteAt(rest, len(d)) != ':' {
			p.day = atoi(d)
			n += len(d)
			if suffix := dateWord.FindString(rest[len(d):]); suffix == "st" || suffix == "nd" || suffix == "rd" || suffix == "th" {
				n += len(suffix)
			}
		} else if len(d) == 4 {
			p.day = 1
		}
		return n
	}
	if d := weekdayIndex(w); d > 0 {
		if !p.dated {
			p.weekday = d
		}
		return len(w)
	}
	if dateCount.MatchString("1 " + w) {
		p.add(1, w)
		return len(w)
	}
	return 0
}

// add adds so many units, which "ago" behind them turns around.
func (p *dateParser) add(n int, unit string) {
	p.lastCount = func(times int) { p.count(times*n, unit) }
	p.count(n, unit)
}

func (p *dateParser) count(n int, unit string) {
	switch unit[:2] {
	case "se":
		p.plus += time.Duration(n) * time.Second
	case "mi":
		p.plus += time.Duration(n) * time.Minute
	case "ho":
		p.plus += time.Duration(n) * time.Hour
	case "da":
		p.days += n
	case "we":
		p.days += 7 * n
	case "fo":
		p.days += 14 * n
	case "mo":
		p.months += n
	case "ye":
		p.years += n
	}
}
