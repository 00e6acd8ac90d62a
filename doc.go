// Package caisson is the vocabulary of caisson, a program that runs code
// written by language models without putting the machine, its data or its
// neighbours at risk.
//
// Read it in the order of one execution. A [Request] brings code. It is
// assessed: what the code [Needs] and each [Finding] that speaks against it.
// A policy turns that into a [Verdict]: denied, held for a person, or allowed
// under a [Posture], which is an [Isolation] floor, [Limits] and egress. The
// [Spec] of a sandbox goes to the cheapest backend that meets the floor. The
// code runs and its bytes travel through [Streams]; [Outcome] says how it
// ended, with one [Status] for every way to end. Every step is an [Event] on a
// durable record before the next one is taken: no record, no run.
//
// A [Session] is a sandbox kept between executions.
//
// Four things never share a type: a wrong request is an [Error], a denial is a
// [Verdict], how the code ended is an [Outcome], and any other error is our
// own failure.
//
// The zero value of every type here is the safe one: it denies, permits
// nothing, allows none of it. The package holds nouns and their rules only: it
// does no I/O and imports nothing but the standard library.
package caisson
