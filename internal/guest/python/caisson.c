// caisson.c makes CPython a WASI reactor that caisson can freeze: it exports
// what the doc of package guest asks for, and gives Python the module
// _caisson, its road to the host.
//
// One image is booted once and then copied for every sandbox, so whatever is
// decided at boot is the same in all copies. Two things follow. The secret of
// str.__hash__ is one per image: it sits in every dict and every interned
// string, and no copy can change it. It is therefore fixed, which keeps images
// reproducible; code that floods its own dicts harms itself alone. And nothing
// else random may be drawn at boot: what the kernel's imports hold is drawn
// anew in the first execution of a copy ("fresh" in a request).
//
// The rest of this file is about waiting. A guest has one thread and the host
// is asked seldom: standard output is held back a little (hold), and a lock
// that is taken asks the kernel to run other threads (wait_for_lock). The
// linker puts these functions, named __wrap_NAME, before the ones of libc and
// of CPython; see python.sh.
#define Py_BUILD_CORE 1
#include <Python.h>
#include "pycore_ceval.h"
#include "pycore_interp.h"
#include "pycore_pystate.h"
#include "pycore_pythread.h"
#include "pycore_runtime.h"
#include "pycore_signal.h"
#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wasi/api.h>

#define IMPORT(name) __attribute__((import_module("caisson"), import_name(name)))
#define EXPORT(name) __attribute__((export_name(name), visibility("default")))

IMPORT("refuel") int64_t host_refuel(void);
IMPORT("call") int32_t host_call(const char *op, int32_t oplen, const char *in, int32_t inlen);
IMPORT("take") int32_t host_take(char *out, int32_t cap);

// The metering pass calls refuel, not we. This keeps the import in the module.
EXPORT("caisson_refuel") int64_t caisson_refuel(void) { return host_refuel(); }

enum { FAILED = 1, INTERRUPTED = 130 }; // exit codes, where the kernel cannot say one

// ---- Standard output ----
//
// Python's stdout is line-buffered, so that text appears as it is written. For
// a program that prints a million lines that would be a million calls to the
// host, so lines are held here and sent together when they come fast. Every
// sending costs credit; credit grows with time. Slow output is sent at once.
// Whatever waits or shows sends what is held first: standard error, standard
// input, sleep, a call to the host, the end of an execution.

enum { HOLD = 1 << 15 };
static const int64_t SEND_COST = 1000000, MOST_CREDIT = 100 * 1000000; // ns: 1000 a second, and a burst of 100

static struct {
	char text[HOLD];
	size_t len;
	int64_t credit, at; // ns
	int error;          // errno of a failed sending, for the next writer
	int direct;         // descriptor 1 is no longer the standard output: hold nothing
} out;

ssize_t __real_write(int fd, const void *text, size_t n);
ssize_t __real_read(int fd, void *text, size_t n);
int __real_close(int fd);
__wasi_errno_t __real___wasi_poll_oneoff(const __wasi_subscription_t *in, __wasi_event_t *events,
                                         __wasi_size_t n, __wasi_size_t *nevents);

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void send_held(void)
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
	if (fd == 0)
		send_held();
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

// ---- Locks ----
//
// There is one thread, so a lock that is taken stays taken unless somebody
// else gets to run. CPython without threads would spin for ever. Instead the
// kernel's hook runs one of the threads that were started and have not run, on
// top of this one, and says whether it found any. All that waits in Python
// comes by here: Condition, Event, Queue, Future.

struct waiter {
	PyThread_type_lock lock;
	int64_t until; // ns on now()'s clock; negative: for ever
	struct waiter *outer;
};
static struct waiter *waiting; // the innermost; the others lie below on the stack
static PyObject *idle;         // the kernel's hook

PyLockStatus __real_PyThread_acquire_lock_timed_with_retries(PyThread_type_lock lock, PY_TIMEOUT_T ns);

static int take_now(PyThread_type_lock lock) { return PyThread_acquire_lock_timed(lock, 0, 0) == PY_LOCK_ACQUIRED; }

static int is_free(PyThread_type_lock lock)
{
	if (!take_now(lock))
		return 0;
	PyThread_release_lock(lock);
	return 1;
}

// run_idle calls the hook: 1 when it ran a thread, 0 when there was none, -1
// when it raised.
static int run_idle(struct waiter *w)
{
	PyObject *r = PyObject_CallOneArg(idle, w->until < 0 ? Py_True : Py_False);
	int found = r == NULL ? -1 : PyObject_IsTrue(r);
	Py_XDECREF(r);
	return found;
}

// pause_waiter sleeps until the wait is over or one below it is, which the hook wants
// to know.
static void pause_waiter(struct waiter *w)
{
	int64_t t = now(), until = w->until;
	for (struct waiter *o = w->outer; o != NULL; o = o->outer)
		if (o->until > t && o->until < until)
			until = o->until;
	if (until > t) {
		struct timespec left = {(until - t) / 1000000000, (until - t) % 1000000000};
		nanosleep(&left, NULL);
	}
}

static PyLockStatus wait_for_lock(struct waiter *w)
{
	while (!take_now(w->lock)) {
		if (w->until >= 0 && now() >= w->until)
			return PY_LOCK_FAILURE;
		int found = run_idle(w);
		if (found == 0)
			pause_waiter(w);
		if (found < 0 || PyErr_CheckSignals() < 0)
			return PY_LOCK_INTR; // with an exception set, which the waiter passes on
	}
	return PY_LOCK_ACQUIRED;
}

PyLockStatus __wrap_PyThread_acquire_lock_timed_with_retries(PyThread_type_lock lock, PY_TIMEOUT_T ns)
{
	if (ns == 0 || idle == NULL)
		return __real_PyThread_acquire_lock_timed_with_retries(lock, ns);
	if (take_now(lock))
		return PY_LOCK_ACQUIRED;
	struct waiter w = {lock, -1, waiting};
	if (ns > 0)
		w.until = ns < INT64_MAX / 2 ? now() + ns : INT64_MAX;
	waiting = &w;
	PyLockStatus status = wait_for_lock(&w);
	waiting = w.outer;
	return status;
}

// ---- The module _caisson ----

// The reserve is what is left when memory is used up: the kernel gives it back
// before it reports a MemoryError, so that there is room for the report and
// for the next execution.
//
// SLACK is room that the allocator keeps from the start, so that a small program
// need not ask for memory: a copy that never grew can be made new again.
enum { RESERVE = 1 << 20, SLACK = 4 << 20 };
static void *reserve;

static void release_reserve(void)
{
	free(reserve);
	reserve = NULL;
}

static PyObject *module_call(PyObject *self, PyObject *args)
{
	const char *op;
	Py_ssize_t oplen;
	Py_buffer in;
	if (!PyArg_ParseTuple(args, "s#y*:call", &op, &oplen, &in))
		return NULL;
	send_held();
	int32_t n = host_call(op, (int32_t)oplen, in.buf, (int32_t)in.len);
	PyBuffer_Release(&in);
	if (n < 0) {
		errno = -n;
		return PyErr_SetFromErrno(PyExc_OSError);
	}
	PyObject *answer = PyBytes_FromStringAndSize(NULL, n);
	if (answer == NULL)
		return NULL;
	int32_t got = n == 0 ? 0 : host_take(PyBytes_AS_STRING(answer), n);
	if (got < 0) {
		Py_DECREF(answer);
		errno = -got;
		return PyErr_SetFromErrno(PyExc_OSError);
	}
	if (got < n)
		_PyBytes_Resize(&answer, got);
	return answer;
}

static PyObject *module_release_reserve(PyObject *self, PyObject *unused)
{
	release_reserve();
	Py_RETURN_NONE;
}

static PyObject *module_on_idle(PyObject *self, PyObject *hook)
{
	Py_XSETREF(idle, Py_NewRef(hook));
	Py_RETURN_NONE;
}

static PyObject *module_overdue(PyObject *self, PyObject *unused)
{
	for (struct waiter *w = waiting ? waiting->outer : NULL; w != NULL; w = w->outer)
		if (is_free(w->lock) || (w->until >= 0 && now() >= w->until))
			Py_RETURN_TRUE;
	Py_RETURN_FALSE;
}

static PyObject *module_forget_randomness(PyObject *self, PyObject *unused)
{
	sqlite3_randomness(0, NULL); // drawn anew at its next use
	Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
	{"call", module_call, METH_VARARGS, "call(op, data) -> bytes: ask the host. Raises OSError when it refuses."},
	{"release_reserve", module_release_reserve, METH_NOARGS, "Give back the memory kept for a MemoryError."},
	{"on_idle", module_on_idle, METH_O, "Call hook(forever) while a lock is waited for; it says whether it ran anything."},
	{"overdue", module_overdue, METH_NOARGS, "Whether a wait below the innermost one is over."},
	{"forget_randomness", module_forget_randomness, METH_NOARGS, "Drop random state that C libraries hold."},
	{NULL, NULL, 0, NULL},
};
static struct PyModuleDef module = {
	PyModuleDef_HEAD_INIT, "_caisson", "The road to the host.", -1, methods,
};
static PyObject *new_module(void) { return PyModule_Create(&module); }

// ---- The exports ----

static PyObject *run; // the kernel's function: run(request: bytes) -> int

static PyStatus start_python(void)
{
	PyPreConfig pre;
	PyPreConfig_InitIsolatedConfig(&pre);
	pre.utf8_mode = 1;
	PyStatus status = Py_PreInitialize(&pre);
	if (PyStatus_Exception(status))
		return status;
	PyConfig c;
	PyConfig_InitIsolatedConfig(&c);
	c.install_signal_handlers = 1; // for KeyboardInterrupt
	c.site_import = 0;
	c.write_bytecode = 0;
	c.use_hash_seed = 1;
	c.hash_seed = 0; // see the top of this file
	c.pathconfig_warnings = 0;
	c.module_search_paths_set = 1;
	struct {
		wchar_t **at, *value;
	} text[] = {
		{&c.program_name, L"python3"},
		{&c.executable, L"/usr/bin/python3"},
		{&c.base_executable, L"/usr/bin/python3"},
		{&c.prefix, L"/usr"},
		{&c.base_prefix, L"/usr"},
		{&c.exec_prefix, L"/usr"},
		{&c.base_exec_prefix, L"/usr"},
		{&c.stdlib_dir, L"/usr/lib/python3.13"},
		{&c.home, L"/usr"},
	};
	for (size_t i = 0; i < sizeof text / sizeof *text && !PyStatus_Exception(status); i++)
		status = PyConfig_SetString(&c, text[i].at, text[i].value);
	if (!PyStatus_Exception(status))
		status = PyWideStringList_Append(&c.module_search_paths, L"/usr/lib/python313.zip");
	if (!PyStatus_Exception(status))
		status = Py_InitializeFromConfig(&c);
	PyConfig_Clear(&c);
	return status;
}

// caisson_boot runs the boot source, which defines run.
EXPORT("caisson_boot") int32_t caisson_boot(const char *source, int32_t len)
{
	if (run != NULL || PyImport_AppendInittab("_caisson", new_module) < 0)
		return -1;
	PyStatus status = start_python();
	if (PyStatus_Exception(status)) {
		fprintf(stderr, "python: %s: %s\n", status.func ? status.func : "start", status.err_msg ? status.err_msg : "");
		return -2;
	}
	PyObject *text = PyUnicode_FromStringAndSize(source, len), *names = PyDict_New(), *code = NULL, *done = NULL;
	if (text != NULL && names != NULL && PyDict_SetItemString(names, "__builtins__", PyEval_GetBuiltins()) == 0)
		code = Py_CompileString(PyUnicode_AsUTF8(text), "/usr/lib/python3.13/_kernel/boot.py", Py_file_input);
	if (code != NULL)
		done = PyEval_EvalCode(code, names, names);
	if (done != NULL)
		run = Py_XNewRef(PyDict_GetItemString(names, "run"));
	if (PyErr_Occurred())
		PyErr_Print();
	Py_XDECREF(text);
	Py_XDECREF(names);
	Py_XDECREF(code);
	Py_XDECREF(done);
	reserve = malloc(RESERVE);
	void *volatile slack = malloc(SLACK); // volatile, or the compiler sees that it is for nothing
	free(slack);
	send_held();
	return run == NULL ? -3 : 0;
}

EXPORT("caisson_alloc") void *caisson_alloc(int32_t n)
{
	if (n < 0)
		return NULL;
	void *room = malloc(n > 0 ? (size_t)n : 1);
	if (room == NULL) {
		release_reserve();
		room = malloc(n > 0 ? (size_t)n : 1);
	}
	return room;
}

static uint32_t *interrupt_flags(void)
{
	static uint32_t flags[4];
	flags[0] = (uint32_t)(uintptr_t)&_PyRuntime.signals.handlers[SIGINT].tripped;
	flags[1] = (uint32_t)(uintptr_t)&_PyRuntime.signals.is_tripped;
	flags[2] = (uint32_t)(uintptr_t)&_PyThreadState_GET()->eval_breaker;
	flags[3] = _PY_SIGNALS_PENDING_BIT;
	return flags;
}

EXPORT("caisson_intr") uint32_t *caisson_intr(void) { return interrupt_flags(); }

// forget_interrupt drops an interrupt that came too late for the execution it
// was meant for.
static void forget_interrupt(void)
{
	uint32_t *flags = interrupt_flags();
	*(int *)(uintptr_t)flags[0] = 0;
	*(int *)(uintptr_t)flags[1] = 0;
	*(uint32_t *)(uintptr_t)flags[2] &= ~flags[3];
}

// last_words ends an execution that even the kernel could not end.
static int last_words(void)
{
	int interrupted = PyErr_ExceptionMatches(PyExc_KeyboardInterrupt);
	const char *words = interrupted                                 ? "KeyboardInterrupt\n"
	                    : PyErr_ExceptionMatches(PyExc_MemoryError) ? "MemoryError\n"
	                                                                : "SystemError: the execution could not be ended\n";
	release_reserve();
	PyErr_Clear();
	send_held();
	__real_write(2, words, strlen(words));
	return interrupted ? INTERRUPTED : FAILED;
}

EXPORT("caisson_exec") int32_t caisson_exec(char *request, int32_t len)
{
	waiting = NULL;
	out.len = 0;
	out.error = 0;
	out.at = now();
	out.credit = MOST_CREDIT;
	forget_interrupt();
	if (reserve == NULL)
		reserve = malloc(RESERVE);
	PyObject *text = len < 0 ? NULL : PyBytes_FromStringAndSize(request, len);
	free(request);
	PyObject *code = text == NULL ? NULL : PyObject_CallOneArg(run, text);
	Py_XDECREF(text);
	int status = code == NULL ? -1 : (int)PyLong_AsLong(code);
	Py_XDECREF(code);
	if (PyErr_Occurred())
		status = last_words();
	send_held();
	forget_interrupt();
	return status < 0 ? FAILED : status & 255;
}
