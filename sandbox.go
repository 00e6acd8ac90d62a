package caisson

// A SnapshotID names the stored state of a sandbox.
type SnapshotID string

// A Spec says what sandbox is wanted. It is plain data and names no host: the
// same Spec means the same sandbox everywhere.
type Spec struct {
	Tenant  TenantID
	Runtime string  // as in the catalogue, "python"
	Posture Posture // what code in it may do
}
