// hold.c: standard output. Text should appear as it is written, but a program
// that prints a million lines must not call the host a million times, so lines
// are held here and sent together when they come fast. Every sending costs
// credit; credit grows with time. Slow output is sent at once. Whatever waits
// or shows sends what is held first: standard error, standard input, sleep, a
// call to the host, the end of an execution.
#include "caisson.h"
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { HOLD = 1 << 15 };
static const int64_t SEND_COST = 1000000, MOST_CREDIT = 100 * 1000000; // ns: 1000 a second, and a burst of 100

static struct {
	char text[HOLD];
	size_t len;
	int64_t credit, at; // ns
	int error;          // errno of a failed sending, for the next writer
} out;

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void hold_begin(void)
{
	out.len = 0;
	out.error = 0;
	out.at = now();
	out.credit = MOST_CREDIT;
}

static ssize_t write_all(int fd, const char *text, size_t n)
{
	size_t sent = 0;
	while (sent < n) {
		ssize_t k = write(fd, text + sent, n - sent);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		sent += (size_t)k;
	}
	return (ssize_t)n;
}

void hold_send(void)
{
	if (write_all(1, out.text, out.len) < 0)
		out.error = errno;
	out.len = 0;
}

ssize_t hold_write(int fd, const void *text, size_t n)
{
	if (fd != 1) {
		if (fd == 2)
			hold_send();
		return write_all(fd, text, n);
	}
	if (out.error) {
		errno = out.error;
		out.error = 0;
		return -1;
	}
	if (n > HOLD - out.len)
		hold_send();
	if (n > HOLD)
		return write_all(1, text, n);
	memcpy(out.text + out.len, text, n);
	out.len += n;
	int64_t t = now();
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
