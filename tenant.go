package caisson

// A TenantID names a tenant: people or programs that may see each other's
// sandboxes. Two tenants meet nowhere: not in a worker, a cache or a name.
type TenantID string

// TenantLocal is the one tenant of a program that serves its own user only.
const TenantLocal TenantID = "local"
