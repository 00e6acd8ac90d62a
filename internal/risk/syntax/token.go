package syntax

// A kind is a kind of token. The Python scanner is ours, JavaScript's is a
// library's; both give these.
type kind uint8

const (
	endOfCode kind = iota
	newline        // end of a logical line; Python only
	word           // a name or keyword
	number
	text      // a string; its token holds the decoded value
	textStart // a string with expressions in it: start, then tokens, middle, tokens, …, end
	textMiddle
	textEnd
	pattern // a regular expression
	sign    // operator or bracket
)

// A token is the smallest piece of code.
type token struct {
	kind   kind
	text   string
	line   int
	indent int // of the first token of a line, in columns; Python only
}

// unescape decodes the escapes of a string literal's body, which Python and
// JavaScript share, and counts the letters that were hidden in escapes.
func unescape(s string) (string, int) {
	hidden := 0
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b = append(b, s[i])
			continue
		}
		i++
		switch c := s[i]; c {
		case 'n':
			b = append(b, '\n')
		case 't':
			b = append(b, '\t')
		case 'r':
			b = append(b, '\r')
		case '\n':
		case 'x', 'u', 'U':
			width := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
			digits := s[i+1:]
			if c == 'u' && len(digits) > 0 && digits[0] == '{' {
				n := 1
				for n < len(digits) && n < 8 && digits[n] != '}' {
					n++
				}
				r, ok := hex(digits[1:n])
				if ok {
					b, hidden = appendRune(b, r, hidden)
				}
				i += min(n+1, len(digits))
				continue
			}
			if len(digits) < width {
				continue
			}
			if r, ok := hex(digits[:width]); ok {
				b, hidden = appendRune(b, r, hidden)
				i += width
			}
		case '0', '1', '2', '3', '4', '5', '6', '7':
			r, n := rune(0), 0
			for n < 3 && i+n < len(s) && s[i+n] >= '0' && s[i+n] <= '7' {
				r = r*8 + rune(s[i+n]-'0')
				n++
			}
			b, hidden = appendRune(b, r, hidden)
			i += n - 1
		default:
			b = append(b, c)
		}
	}
	return string(b), hidden
}

func hex(s string) (rune, bool) {
	r := rune(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, len(s) > 0
}

func appendRune(b []byte, r rune, hidden int) ([]byte, int) {
	if r >= ' ' && r < 0x7f {
		hidden++
	}
	return append(b, string(r)...), hidden
}
