// Package container runs code at native speed in Linux containers: processes
// in namespaces and a control group of their own, with a read-only view of an
// image, no capability, and a filter of system calls. What stands between the
// code and the host is a filtered part of the host's kernel, which is isolation
// [caisson.IsolationShared].
//
// How a container is built is data: a [sys.Plan] of system calls that its first
// process carries out, see layout.go. That process, a program of a few
// kilobytes, then only starts others and reaps them. An agent of package
// guest/agent runs the code and keeps what it made between executions.
//
// All limits are kept from outside, by the control group, by the size of the
// one file system that can be written, and by whoever waits for the code. What
// the agent says is not believed but for the exit code of code that ended by
// itself.
package container
