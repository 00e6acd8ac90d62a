// Package tools gives the commands of the shell guest: what on a Linux machine
// comes from coreutils, grep, sed, find, tar and their like, as plain Go over
// readers, writers and the file system of package os.
//
// A command is found with [Lookup] and run with [Tool.Run]. It gets all that
// it may know in a [Call]: arguments, folder, streams, and the [Shell] it runs
// in, which is how xargs or find -exec start other commands. It keeps nothing
// between two runs, holds no random numbers, and leaves no goroutine behind.
//
// Behaviour, output and error texts follow the GNU tools in the C.UTF-8
// locale. Where nothing in a sandbox could answer (owners, links, devices) the
// commands say so or print what a single user would see.
package tools
