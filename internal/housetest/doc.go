// Package housetest holds the rules of this house as one test: what may import
// what, that every package says what it gives, that nothing global can change,
// that no secret lies in testdata. The tables in rules.go are the rules; a
// change of a rule is a change there, in the same commit, with the reason.
//
// It reads the sources themselves, every build tag included, and runs no
// program: so the test cache sees what it read. Faults read like
//
//	internal/risk imports os/exec: only backends start processes
package housetest
