// files.c: files, for the kernel's fs. Each function answers a number below
// zero, the errno of WASI negated, when it fails; the kernel makes an error
// of it. Paths are absolute: the kernel knows the working directory.
#include "caisson.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARGS JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv

// failed returns what a call failed with. An interrupt that broke it off is
// seen before the caller makes an error of that.
static JSValue failed(JSContext *ctx)
{
	if (engine_stopping())
		engine_look(ctx);
	return JS_NewInt32(ctx, -errno);
}
static JSValue answer(JSContext *ctx, int64_t n) { return n < 0 ? failed(ctx) : JS_NewInt64(ctx, n); }

static int number(JSContext *ctx, JSValueConst v)
{
	int32_t n = -1;
	JS_ToInt32(ctx, &n, v);
	return n;
}

// on_path calls f with the path in the first argument.
static JSValue on_path(ARGS, int (*f)(const char *))
{
	const char *path = JS_ToCString(ctx, argv[0]);
	if (path == NULL)
		return JS_EXCEPTION;
	JSValue v = answer(ctx, f(path));
	JS_FreeCString(ctx, path);
	return v;
}

static int make_directory(const char *path) { return mkdir(path, 0777); }
static JSValue files_mkdir(ARGS) { return on_path(ctx, self, argc, argv, make_directory); }
static JSValue files_rmdir(ARGS) { return on_path(ctx, self, argc, argv, rmdir); }
static JSValue files_unlink(ARGS) { return on_path(ctx, self, argc, argv, unlink); }

static JSValue files_rename(ARGS)
{
	const char *from = JS_ToCString(ctx, argv[0]), *to = JS_ToCString(ctx, argv[1]);
	JSValue v = from && to ? answer(ctx, rename(from, to)) : JS_EXCEPTION;
	JS_FreeCString(ctx, from);
	JS_FreeCString(ctx, to);
	return v;
}

enum { APPEND = 1, CREATE = 2, EXCLUSIVE = 4, TRUNCATE = 8, READ = 16, WRITE = 32 }; // the kernel's flags of open

static JSValue files_open(ARGS)
{
	const char *path = JS_ToCString(ctx, argv[0]);
	if (path == NULL)
		return JS_EXCEPTION;
	int want = number(ctx, argv[1]), flags = 0;
	flags |= want & READ && want & WRITE ? O_RDWR : want & WRITE ? O_WRONLY : O_RDONLY;
	flags |= (want & APPEND ? O_APPEND : 0) | (want & CREATE ? O_CREAT : 0);
	flags |= (want & EXCLUSIVE ? O_EXCL : 0) | (want & TRUNCATE ? O_TRUNC : 0);
	JSValue v = answer(ctx, open(path, flags, 0666));
	JS_FreeCString(ctx, path);
	return v;
}

static JSValue files_close(ARGS)
{
	int fd = number(ctx, argv[0]);
	if (fd <= 3) // the standard ones and the root stay
		return JS_NewInt32(ctx, fd < 0 || fd == 3 ? -EBADF : 0);
	return answer(ctx, close(fd));
}

// ready sends what was written before a read that may wait, and reports
// whether to read: an interrupt may have come with the sending.
static int ready(int fd)
{
	if (fd != 0)
		return 1;
	hold_send();
	errno = EINTR;
	return !engine_stopping();
}

// files_read(fd, most, position or -1) reads once: bytes, none at the end.
static JSValue files_read(ARGS)
{
	int fd = number(ctx, argv[0]);
	int64_t most = 0, at = -1;
	if (JS_ToInt64(ctx, &most, argv[1]) || JS_ToInt64(ctx, &at, argv[2]))
		return JS_EXCEPTION;
	if (!ready(fd))
		return failed(ctx);
	if (most < 0 || most > 1 << 24)
		most = 1 << 24;
	void *data = malloc(most > 0 ? (size_t)most : 1);
	if (data == NULL)
		return JS_ThrowOutOfMemory(ctx);
	ssize_t n = at < 0 ? read(fd, data, (size_t)most) : pread(fd, data, (size_t)most, at);
	if (n < 0) {
		free(data);
		return failed(ctx);
	}
	return bytes_value(ctx, data, (size_t)n);
}

// files_slurp(fd, size expected) reads to the end.
static JSValue files_slurp(ARGS)
{
	int fd = number(ctx, argv[0]);
	int64_t size = 0;
	if (JS_ToInt64(ctx, &size, argv[1]))
		return JS_EXCEPTION;
	if (!ready(fd))
		return failed(ctx);
	size_t cap = size > 0 && size < 1 << 30 ? (size_t)size + 1 : 4096, len = 0;
	char *data = malloc(cap);
	while (data != NULL) {
		ssize_t n = read(fd, data + len, cap - len);
		if (n < 0) {
			free(data);
			return failed(ctx);
		}
		if (n == 0)
			return bytes_value(ctx, data, len);
		len += (size_t)n;
		if (len == cap) {
			char *more = realloc(data, cap * 2);
			if (more == NULL)
				break;
			data = more;
			cap *= 2;
		}
	}
	free(data);
	return JS_ThrowOutOfMemory(ctx);
}

// clean replaces lone surrogates, which UTF-8 has no room for.
static char *clean(const char *text, size_t n)
{
	char *copy = malloc(n);
	if (copy == NULL)
		return NULL;
	memcpy(copy, text, n);
	for (size_t i = 0; i + 2 < n; i++)
		if ((uint8_t)copy[i] == 0xED && (uint8_t)copy[i + 1] >= 0xA0)
			memcpy(copy + i, "\xEF\xBF\xBD", 3);
	return copy;
}

ssize_t write_all(int fd, const void *text, size_t n)
{
	size_t sent = 0;
	if (fd == 2)
		hold_send();
	while (sent < n) {
		const char *rest = (const char *)text + sent;
		ssize_t k = fd == 1 ? hold_write(rest, n - sent) : write(fd, rest, n - sent);
		if (k < 0 && errno != EINTR)
			return -1;
		if (k > 0)
			sent += (size_t)k;
	}
	return (ssize_t)n;
}

static ssize_t write_text(int fd, const char *text, size_t n)
{
	const char *odd = memchr(text, 0xED, n);
	if (odd == NULL)
		return write_all(fd, text, n);
	char *copy = clean(text, n);
	ssize_t done = copy ? write_all(fd, copy, n) : -1;
	free(copy);
	return done;
}

// files_write(fd, text or bytes, position or undefined) writes all of it.
static JSValue files_write(ARGS)
{
	int fd = number(ctx, argv[0]);
	size_t n;
	ssize_t done;
	if (JS_IsString(argv[1])) {
		const char *text = JS_ToCStringLen(ctx, &n, argv[1]);
		if (text == NULL)
			return JS_EXCEPTION;
		done = write_text(fd, text, n);
		JS_FreeCString(ctx, text);
		return answer(ctx, done);
	}
	const uint8_t *data = bytes_of(ctx, argv[1], &n);
	if (data == NULL)
		return JS_EXCEPTION;
	int64_t at = -1;
	if (argc > 2 && !JS_IsUndefined(argv[2]) && JS_ToInt64(ctx, &at, argv[2]))
		return JS_EXCEPTION;
	done = at >= 0 ? pwrite(fd, data, n, at) : write_all(fd, data, n);
	return answer(ctx, done);
}

static JSValue files_truncate(ARGS)
{
	int64_t size = 0;
	if (JS_ToInt64(ctx, &size, argv[1]))
		return JS_EXCEPTION;
	return answer(ctx, ftruncate(number(ctx, argv[0]), size));
}

static double ms(struct timespec t) { return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6; }

// files_stat(path or fd): [kind, size, inode, links, atime, mtime, ctime], times in ms.
static JSValue files_stat(ARGS)
{
	struct stat st;
	int bad;
	if (JS_IsString(argv[0])) {
		const char *path = JS_ToCString(ctx, argv[0]);
		if (path == NULL)
			return JS_EXCEPTION;
		bad = stat(path, &st);
		JS_FreeCString(ctx, path);
	} else {
		bad = fstat(number(ctx, argv[0]), &st);
	}
	if (bad)
		return failed(ctx);
	const char *kind = S_ISDIR(st.st_mode) ? "d" : S_ISREG(st.st_mode) ? "f" : "c";
	JSValue v[] = {
		JS_NewString(ctx, kind), JS_NewInt64(ctx, st.st_size), JS_NewInt64(ctx, (int64_t)st.st_ino),
		JS_NewInt64(ctx, (int64_t)st.st_nlink), JS_NewFloat64(ctx, ms(st.st_atim)),
		JS_NewFloat64(ctx, ms(st.st_mtim)), JS_NewFloat64(ctx, ms(st.st_ctim)),
	};
	JSValue list = JS_NewArray(ctx);
	for (uint32_t i = 0; i < sizeof v / sizeof *v; i++)
		JS_SetPropertyUint32(ctx, list, i, v[i]);
	return list;
}

static JSValue files_utimes(ARGS)
{
	double t[2];
	const char *path = JS_ToCString(ctx, argv[0]);
	if (path == NULL || JS_ToFloat64(ctx, &t[0], argv[1]) || JS_ToFloat64(ctx, &t[1], argv[2])) {
		JS_FreeCString(ctx, path);
		return JS_EXCEPTION;
	}
	struct timespec at[2];
	for (int i = 0; i < 2; i++) {
		at[i].tv_sec = (time_t)t[i];
		at[i].tv_nsec = (long)((t[i] - (double)at[i].tv_sec) * 1e9);
	}
	JSValue v = answer(ctx, utimensat(AT_FDCWD, path, at, 0));
	JS_FreeCString(ctx, path);
	return v;
}

// files_list(path): [name, kind, name, kind, ...] in no order.
static JSValue files_list(ARGS)
{
	const char *path = JS_ToCString(ctx, argv[0]);
	if (path == NULL)
		return JS_EXCEPTION;
	DIR *d = opendir(path);
	JS_FreeCString(ctx, path);
	if (d == NULL)
		return failed(ctx);
	JSValue list = JS_NewArray(ctx);
	uint32_t n = 0;
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		JS_SetPropertyUint32(ctx, list, n++, JS_NewString(ctx, e->d_name));
		JS_SetPropertyUint32(ctx, list, n++, JS_NewString(ctx, e->d_type == DT_DIR ? "d" : e->d_type == DT_REG ? "f" : "c"));
	}
	closedir(d);
	return list;
}

const JSCFunctionListEntry files_functions[] = {
	JS_CFUNC_DEF("mkdir", 1, files_mkdir),       JS_CFUNC_DEF("rmdir", 1, files_rmdir),
	JS_CFUNC_DEF("unlink", 1, files_unlink),     JS_CFUNC_DEF("rename", 2, files_rename),
	JS_CFUNC_DEF("open", 2, files_open),         JS_CFUNC_DEF("close", 1, files_close),
	JS_CFUNC_DEF("read", 3, files_read),         JS_CFUNC_DEF("slurp", 2, files_slurp),
	JS_CFUNC_DEF("write", 3, files_write),       JS_CFUNC_DEF("truncate", 2, files_truncate),
	JS_CFUNC_DEF("stat", 1, files_stat),         JS_CFUNC_DEF("utimes", 3, files_utimes),
	JS_CFUNC_DEF("list", 1, files_list),
};
const int files_functions_count = sizeof files_functions / sizeof *files_functions;
