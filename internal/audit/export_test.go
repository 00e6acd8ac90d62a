package audit

// SetMaxSegment makes the log start a new segment at so many bytes.
func (l *Log) SetMaxSegment(n int64) { l.maxSegment = n }

// Abandon ends the log as the death of its process would: what was not synced
// is gone, and so are the locks.
func (l *Log) Abandon() error { return l.closeFiles() }

// DecodeLine decodes a line that nobody has to trust.
var DecodeLine = func(b []byte) error { _, err := decodeLine(b); return err }

// Seal returns the line of a body, without its newline.
func Seal(seq uint64, body []byte) []byte {
	b, _ := appendLine(nil, seq, body, noHash)
	return b[:len(b)-1]
}
