// caisson.h: what the parts of the Python guest know of each other.
#ifndef CAISSON_H
#define CAISSON_H
#define Py_BUILD_CORE 1
#include <Python.h>
#include "hold.h"
#include <stdint.h>

// streams.c: reading and writing.
int input_was_read(void);            // whether descriptor 0 was, since this was last asked
void write_error(const char *words); // to standard error, past Python

// wait.c: other threads run while one waits for a lock.
void forget_waiters(void);
PyObject *module_on_idle(PyObject *self, PyObject *hook);
PyObject *module_overdue(PyObject *self, PyObject *unused);
PyObject *module_pause(PyObject *self, PyObject *seconds);

// request.c: what the host asks for.
enum { REQUEST_FIELDS = 6 };
// read_request makes the kernel's arguments of a request: code, name, args,
// show, fresh, script. It changes the text. 0, or -1 with an exception.
int read_request(char *text, size_t len, PyObject *fields[REQUEST_FIELDS]);

// cell.c: code into code objects.
PyObject *module_compile(PyObject *self, PyObject *args);

// settle.c: what makes an interpreter fit to be copied.
void immortalize(void); // everything that is there
void close_holes(char *end); // those of the heap below end, so that what is new lies together
void settle_sqlite(void);
PyObject *module_forget_randomness(PyObject *self, PyObject *random);
#endif
