// hold.c: standard output. Text should appear as it is written, but a program
// that prints a million lines must not call the host a million times, so lines
// are held here and sent together when they come fast. Every sending costs
// credit; credit grows with time. Slow output is sent at once. Whatever waits
// or shows sends what is held first: standard error, standard input, sleep, a
// call to the host, the end of an execution.
#include "hold.h"
#include <errno.h>
#include <string.h>
#include <time.h>
#include <wasi/api.h>

enum { HOLD = 1 << 15 };
static const int64_t SEND_COST = 1000000, MOST_CREDIT = 100 * 1000000; // ns: 1000 a second, and a burst of 100

static struct {
	char text[HOLD];
	size_t len;
	int64_t credit, at; // ns
	int error;          // errno of a failed sending, for the next writer
} out;

int64_t hold_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void hold_begin(void)
{
	out.len = 0;
	out.error = 0;
	out.credit = MOST_CREDIT;
}

// pass is write(1, text, n), which a guest may have wrapped around us.
static ssize_t pass(const char *text, size_t n)
{
	__wasi_ciovec_t all = {(const uint8_t *)text, n};
	__wasi_size_t sent;
	__wasi_errno_t e = __wasi_fd_write(1, &all, 1, &sent);
	if (e == 0)
		return (ssize_t)sent;
	errno = e == __WASI_ERRNO_NOTCAPABLE ? EBADF : e;
	return -1;
}

void hold_send(void)
{
	size_t sent = 0;
	while (sent < out.len) {
		ssize_t n = pass(out.text + sent, out.len - sent);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			out.error = errno;
			break;
		}
		sent += (size_t)n;
	}
	out.len = 0;
}

ssize_t hold_write(const void *text, size_t n)
{
	if (out.error) {
		errno = out.error;
		out.error = 0;
		return -1;
	}
	if (n > HOLD - out.len)
		hold_send();
	if (n > HOLD)
		return pass(text, n);
	memcpy(out.text + out.len, text, n);
	out.len += n;
	int64_t t = hold_now();
	out.credit += t - out.at;
	out.at = t;
	if (out.credit > MOST_CREDIT)
		out.credit = MOST_CREDIT;
	if (out.credit >= SEND_COST) {
		out.credit -= SEND_COST;
		hold_send();
	}
	return (ssize_t)n;
}
