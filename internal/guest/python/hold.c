// hold.c: standard output, held back a little.
//
// Python's stdout is line-buffered, so that text appears as it is written. For
// a program that prints a million lines that would be a million calls to the
// host, so lines are held here and sent together when they come fast. Every
// sending costs credit; credit grows with time. Slow output is sent at once.
// Whatever waits or shows sends what is held first: standard error, standard
// input, sleep, a call to the host, the end of an execution.
//
// The linker puts the functions named __wrap_NAME before those of libc.
#include "caisson.h"
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wasi/api.h>

enum { HOLD = 1 << 15 };
static const int64_t SEND_COST = 1000000, MOST_CREDIT = 100 * 1000000; // ns: 1000 a second, and a burst of 100

static struct {
	char text[HOLD];
	size_t len;
	int64_t credit, at; // ns
	int error;          // errno of a failed sending, for the next writer
	int direct;         // descriptor 1 is no longer the standard output: hold nothing
	int input_read;     // somebody read from descriptor 0
} out;

ssize_t __real_write(int fd, const void *text, size_t n);
ssize_t __real_read(int fd, void *text, size_t n);
int __real_close(int fd);
__wasi_errno_t __real___wasi_poll_oneoff(const __wasi_subscription_t *in, __wasi_event_t *events,
                                         __wasi_size_t n, __wasi_size_t *nevents);

int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void send_held(void)
{
	size_t sent = 0;
	while (sent < out.len) {
		ssize_t n = __real_write(1, out.text + sent, out.len - sent);
		if (n < 0) {
			if (errno == EINTR)
				continue;
			out.error = errno;
			break;
		}
		sent += (size_t)n;
	}
	out.len = 0;
}

static ssize_t hold(const char *text, size_t n)
{
	if (out.error) {
		errno = out.error;
		out.error = 0;
		return -1;
	}
	if (n > HOLD - out.len)
		send_held();
	if (n > HOLD)
		return __real_write(1, text, n);
	memcpy(out.text + out.len, text, n);
	out.len += n;
	int64_t t = now();
	out.credit += t - out.at;
	out.at = t;
	if (out.credit > MOST_CREDIT)
		out.credit = MOST_CREDIT;
	if (out.credit >= SEND_COST) {
		out.credit -= SEND_COST;
		send_held();
	}
	return (ssize_t)n;
}

ssize_t __wrap_write(int fd, const void *text, size_t n)
{
	if (fd == 1 && !out.direct)
		return hold(text, n);
	if (fd == 2)
		send_held();
	return __real_write(fd, text, n);
}

ssize_t __wrap_read(int fd, void *text, size_t n)
{
	if (fd == 0) {
		out.input_read = 1;
		send_held();
	}
	return __real_read(fd, text, n);
}

int __wrap_close(int fd)
{
	if (fd == 1) {
		send_held();
		out.direct = 1;
	}
	return __real_close(fd);
}

__wasi_errno_t __wrap___wasi_poll_oneoff(const __wasi_subscription_t *in, __wasi_event_t *events,
                                         __wasi_size_t n, __wasi_size_t *nevents)
{
	send_held();
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

void begin_held(void)
{
	out.len = 0;
	out.error = 0;
	out.at = now();
	out.credit = MOST_CREDIT;
}

int input_was_read(void)
{
	int read = out.input_read;
	out.input_read = 0;
	return read;
}

void write_error(const char *words)
{
	send_held();
	__real_write(2, words, strlen(words));
}
