// streams.c: what becomes of libc's own ways to read, write and sleep, so that
// standard output is held (see hold.c) and sent before anything waits.
//
// The linker puts the functions named __wrap_NAME before those of libc.
#include "caisson.h"
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wasi/api.h>

static int direct;     // descriptor 1 is no longer the standard output: hold nothing
static int input_read; // somebody read from descriptor 0

ssize_t __real_write(int fd, const void *text, size_t n);
ssize_t __real_read(int fd, void *text, size_t n);
int __real_close(int fd);
__wasi_errno_t __real___wasi_poll_oneoff(const __wasi_subscription_t *in, __wasi_event_t *events,
                                         __wasi_size_t n, __wasi_size_t *nevents);

ssize_t __wrap_write(int fd, const void *text, size_t n)
{
	if (fd == 1 && !direct)
		return hold_write(text, n);
	if (fd == 2)
		hold_send();
	return __real_write(fd, text, n);
}

ssize_t __wrap_read(int fd, void *text, size_t n)
{
	if (fd == 0) {
		input_read = 1;
		hold_send();
	}
	return __real_read(fd, text, n);
}

int __wrap_close(int fd)
{
	if (fd == 1) {
		hold_send();
		direct = 1;
	}
	return __real_close(fd);
}

__wasi_errno_t __wrap___wasi_poll_oneoff(const __wasi_subscription_t *in, __wasi_event_t *events,
                                         __wasi_size_t n, __wasi_size_t *nevents)
{
	hold_send();
	return __real___wasi_poll_oneoff(in, events, n, nevents);
}

// libc's own says ENOTSUP for whatever ends a sleep, and an interrupt does.
int __wrap_clock_nanosleep(clockid_t clock, int flags, const struct timespec *t, struct timespec *left)
{
	__wasi_subscription_t sleep = {.u.tag = __WASI_EVENTTYPE_CLOCK};
	sleep.u.u.clock.id = clock == CLOCK_REALTIME ? __WASI_CLOCKID_REALTIME : __WASI_CLOCKID_MONOTONIC;
	sleep.u.u.clock.timeout = (__wasi_timestamp_t)t->tv_sec * 1000000000 + (__wasi_timestamp_t)t->tv_nsec;
	sleep.u.u.clock.flags = flags & TIMER_ABSTIME ? __WASI_SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME : 0;
	__wasi_event_t event;
	__wasi_size_t n;
	__wasi_errno_t e = __wrap___wasi_poll_oneoff(&sleep, &event, 1, &n);
	return e != 0 ? e : event.error;
}

int input_was_read(void)
{
	int read = input_read;
	input_read = 0;
	return read;
}

void write_error(const char *words)
{
	hold_send();
	__real_write(2, words, strlen(words));
}
