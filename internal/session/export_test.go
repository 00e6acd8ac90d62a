package session

import "os"

// Sync makes a store flush through f.
func Sync(s *Store, f func(*os.File) error) { s.sync = f }
