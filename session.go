package caisson

import "time"

// A SessionID names one session.
type SessionID string

// A Session is a sandbox kept between executions: variables, files and open
// handles stay. It may rest on disk as a [SnapshotID] and come back.
type Session struct {
	ID       SessionID  `json:"id"`
	Tenant   TenantID   `json:"tenant"`
	Runtime  string     `json:"runtime"`
	Created  time.Time  `json:"created"`
	Used     time.Time  `json:"used"`     // end of its latest execution
	Snapshot SnapshotID `json:"snapshot"` // what it rests as; empty while it runs
	Cells    int        `json:"cells"`    // executions so far
	Bytes    int64      `json:"bytes"`    // what it takes on disk
	Posture  Posture    `json:"posture"`  // what its sandbox may do
}
