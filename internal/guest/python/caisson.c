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
// Its parts: streams.c holds standard output back, wait.c runs threads while one
// waits, request.c reads requests, cell.c compiles code, settle.c makes the
// interpreter fit to be copied.
#include "caisson.h"
#include "pycore_ceval.h"
#include "pycore_interp.h"
#include "pycore_pystate.h"
#include "pycore_runtime.h"
#include "pycore_signal.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define IMPORT(name) __attribute__((import_module("caisson"), import_name(name)))
#define EXPORT(name) __attribute__((export_name(name), visibility("default")))

IMPORT("refuel") int64_t host_refuel(void);
IMPORT("call") int32_t host_call(const char *op, int32_t oplen, const char *in, int32_t inlen);
IMPORT("take") int32_t host_take(char *out, int32_t cap);

// The metering pass calls refuel, not we. This keeps the import in the module.
EXPORT("caisson_refuel") int64_t caisson_refuel(void) { return host_refuel(); }

enum { FAILED = 1, INTERRUPTED = 130 }; // exit codes, where the kernel cannot say one

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
	hold_send();
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

static PyObject *module_input_was_read(PyObject *self, PyObject *unused) { return PyBool_FromLong(input_was_read()); }

static PyMethodDef methods[] = {
	{"call", module_call, METH_VARARGS, "call(op, data) -> bytes: ask the host. Raises OSError when it refuses."},
	{"release_reserve", module_release_reserve, METH_NOARGS, "Give back the memory kept for a MemoryError."},
	{"on_idle", module_on_idle, METH_O, "Call hook(forever) while a lock is waited for; it says whether it ran anything."},
	{"overdue", module_overdue, METH_NOARGS, "Whether a wait below the innermost one is over."},
	{"compile", module_compile, METH_VARARGS,
	 "compile(text, file name, name, flags) -> code: the value of a last expression is assigned to the name, unless it is None."},
	{"input_was_read", module_input_was_read, METH_NOARGS, "Whether standard input was, since this was last asked."},
	{"pause", module_pause, METH_O, "pause(seconds): sleep until the time is over or a signal has come."},
	{"forget_randomness", module_forget_randomness, METH_O, "Draw anew what C libraries and a random.Random hold."},
	{NULL, NULL, 0, NULL},
};
static struct PyModuleDef module = {
	PyModuleDef_HEAD_INIT, "_caisson", "The road to the host.", -1, methods,
};
static PyObject *new_module(void) { return PyModule_Create(&module); }

// ---- The exports ----

static PyObject *run; // the kernel's function: run(code, name, args, show, fresh, script) -> int

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
	settle_sqlite();
	reserve = malloc(RESERVE);
	char *volatile slack = malloc(SLACK); // volatile, or the compiler sees that it is for nothing
	free(slack);
	close_holes(slack);
	hold_send();
	immortalize();
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
	write_error(words);
	return interrupted ? INTERRUPTED : FAILED;
}

EXPORT("caisson_exec") int32_t caisson_exec(char *request, int32_t len)
{
	forget_waiters();
	hold_begin();
	forget_interrupt();
	if (reserve == NULL)
		reserve = malloc(RESERVE);
	PyObject *fields[REQUEST_FIELDS] = {NULL}, *code = NULL;
	int ok = len >= 0 && read_request(request, (size_t)len, fields) == 0;
	free(request);
	if (ok)
		code = PyObject_Vectorcall(run, fields, REQUEST_FIELDS, NULL);
	for (int i = 0; i < REQUEST_FIELDS; i++)
		Py_XDECREF(fields[i]);
	int status = code == NULL ? -1 : (int)PyLong_AsLong(code);
	Py_XDECREF(code);
	if (PyErr_Occurred())
		status = last_words();
	hold_send();
	forget_interrupt();
	return status < 0 ? FAILED : status & 255;
}
