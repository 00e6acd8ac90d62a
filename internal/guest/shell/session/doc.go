// Package session gives a shell that lives from one execution to the next, with
// the commands of package tools built in.
//
// It is mvdan.cc/sh run as bash, with what its interpreter leaves to the
// operating system done here: commands, scripts started as commands, reading
// with all of read's options, process substitution, traps on signals that never
// come. Nothing is ever started outside: there is no other process.
//
// What differs from bash on purpose:
//
//   - <(command) runs its command to the end first, into a file; >(command) is
//     refused. Redirections know the descriptors 0, 1 and 2 only.
//   - Background jobs belong to their execution. Those that have not ended
//     shortly after it are ended.
//   - A trap on EXIT runs at the end of the execution that set it, and is then
//     forgotten.
//   - A syntax error anywhere means that nothing runs.
package session
