// Package audit keeps the durable record: every event as one line of JSON that
// holds the digest of the line before it, so that nothing in it can be changed
// or taken out unseen. [Log] appends, [Verify] checks, [Read] reads. It decides
// nothing, and what it is given never holds code or secrets: digests only.
//
// A record is a directory of its user's (0700) with segments 00000001.jsonl,
// 00000002.jsonl and so on, without a gap. All processes of the user append to
// the newest, one at a time, under flock on the directory; a new one starts at
// 64 MiB. Nothing is ever overwritten or cut off. A line is ASCII and reads
//
//	{"seq":N,"time":…,"writer":…,…,"kind":…,"data":{…},"prev":"P","hash":"H"}
//
// and a newline. H is the SHA-256, in lower-case hex, of the line's bytes
// before `,"hash":"`. P is the H of the line before it, over all segments in
// the order of their names, and 64 zeros on the very first. N counts all lines
// from 1. That is all a verifier needs: testdata/verify.py is one.
//
// The first line of a segment has kind "segment.started". A process that dies,
// or a disk that fills, in the middle of a write leaves bytes without a newline
// at the end of a segment: a torn tail, which no Sync has ever confirmed. It
// stays as it is. The next writer starts a new segment, whose first line holds
// the tail's length and digest, so that it cannot be changed later either.
//
// Who can write to the directory can also write a new record from the start,
// or drop the newest lines. Keep [Report.Head] somewhere else and hand it to
// Verify to find that too.
//
// A writer is one open Log. It holds a lock on the byte of the directory that
// its name numbers for as long as it lives. So [Log.Settle] knows whose
// executions have no end because their process died, whatever the process
// numbers are by now.
package audit
