// hold.h: standard output, held back a little. See hold.c. The guests that are
// written in C share it.
#ifndef HOLD_H
#define HOLD_H
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

int64_t hold_now(void);                         // ns, on a clock that only goes forward
void hold_begin(void);                          // a new execution
void hold_send(void);                           // send what is held
ssize_t hold_write(const void *text, size_t n); // like write to standard output
#endif
