// settle.c: what makes an interpreter fit to be copied.
#include "caisson.h"
#include "pycore_code.h"
#include "pycore_global_objects.h"
#include "pycore_object.h"
#include "pycore_obmalloc.h"
#include "pycore_pystate.h"
#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <wasi/api.h>

// ---- Immortality ----
//
// A copy shares with the image the pages that it does not write, and the first
// write to each costs a fault. Counting references writes all over the heap,
// so everything that is there when the image is made becomes immortal, which
// CPython neither counts nor frees.

static int reach(PyObject *o, void *unused);

static void reach_code(PyCodeObject *c)
{
	PyObject *parts[] = {
		c->co_consts, c->co_names, c->co_exceptiontable, c->co_localsplusnames, c->co_localspluskinds,
		c->co_filename, c->co_name, c->co_qualname, c->co_linetable,
	};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (parts[i] != NULL)
			reach(parts[i], NULL);
}

// reach makes an object immortal, and what it alone knows of: the collector
// does not visit what cannot be in a cycle.
static int reach(PyObject *o, void *unused)
{
	if (_Py_IsImmortal(o))
		return 0;
	o->ob_refcnt = _Py_IMMORTAL_REFCNT;
	PyObject *key, *value;
	Py_ssize_t at = 0;
	if (PyCode_Check(o))
		reach_code((PyCodeObject *)o);
	else if (PyDict_Check(o))
		while (PyDict_Next(o, &at, &key, &value)) {
			reach(key, NULL);
			reach(value, NULL);
		}
	else if (PyTuple_Check(o)) // the collector forgets those that hold nothing it knows
		for (; at < PyTuple_GET_SIZE(o); at++)
			reach(PyTuple_GET_ITEM(o, at), NULL);
	else if (PyType_Check(o) && (((PyTypeObject *)o)->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
		PyHeapTypeObject *t = (PyHeapTypeObject *)o;
		PyObject *parts[] = {t->ht_name, t->ht_qualname, t->ht_slots};
		for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
			if (parts[i] != NULL)
				reach(parts[i], NULL);
	}
	if (PyObject_IS_GC(o) && Py_TYPE(o)->tp_traverse != NULL)
		Py_TYPE(o)->tp_traverse(o, reach, NULL);
	return 0;
}

static int reach_tracked(PyObject *o, void *unused)
{
	reach(o, NULL);
	return 1;
}

void immortalize(void)
{
	PyObject *interned = _Py_INTERP_CACHED_OBJECT(_PyInterpreterState_GET(), interned_strings);
	if (interned != NULL)
		reach(interned, NULL);
	PyUnstable_GC_VisitObjects(reach_tracked, NULL);
}

// ---- Holes ----
//
// What a copy allocates should lie together, for the same reason. So the holes
// that booting left are closed: blocks of each size are taken, and never given
// back, until new ones come from a part of memory that nothing is in.

enum { MOST_HOLES = 1 << 16 }; // of one size: far more than there are

static void close_pools(void)
{
	for (size_t size = ALIGNMENT; size <= SMALL_REQUEST_THRESHOLD; size += ALIGNMENT)
		for (int i = 0; i < MOST_HOLES; i++) {
			char *block = PyObject_Malloc(size);
			if (block == NULL)
				break;
			if (((uintptr_t)block & POOL_SIZE_MASK) == POOL_OVERHEAD) { // the first of a new pool
				PyObject_Free(block);
				break;
			}
		}
}

// close_heap takes the holes of malloc below an address.
static void close_heap(char *end)
{
	for (size_t size = 1 << 20; size >= 16; size -= size / 4)
		for (int i = 0; i < MOST_HOLES; i++) {
			char *block = malloc(size);
			if (block == NULL)
				break;
			if (block >= end) {
				free(block);
				break;
			}
		}
}

void close_holes(char *end)
{
	close_heap(end);
	close_pools();
}

// ---- Randomness ----

// The beginning of a random.Random, as _randommodule.c lays it out.
struct random {
	PyObject_HEAD
	int index;
	uint32_t state[624];
};

// seed fills the state of a Mersenne twister with random bytes. random.seed()
// draws as many and then stirs them, which takes longer and adds nothing.
static int seed(PyObject *random)
{
	PyTypeObject *base = Py_TYPE(random);
	while (base->tp_base != NULL && base->tp_base != &PyBaseObject_Type)
		base = base->tp_base;
	if (base->tp_basicsize != sizeof(struct random)) {
		PyErr_SetString(PyExc_TypeError, "not a random.Random as this build knows it");
		return -1;
	}
	struct random *r = (struct random *)random;
	r->index = 624; // all of the state is used up: stir it at the next use
	__wasi_errno_t e = __wasi_random_get((uint8_t *)r->state, sizeof r->state);
	if (e != 0) {
		errno = e;
		PyErr_SetFromErrno(PyExc_OSError);
		return -1;
	}
	r->state[0] |= 0x80000000; // never all zero
	return 0;
}

// random_for_sqlite gives sqlite its seeds: its own way is a device that is not
// there, and then the time of day.
static int random_for_sqlite(sqlite3_vfs *unused, int n, char *to)
{
	return n > 0 && __wasi_random_get((uint8_t *)to, (__wasi_size_t)n) == 0 ? n : 0;
}

void settle_sqlite(void)
{
	sqlite3_vfs *files = sqlite3_vfs_find(NULL);
	if (files != NULL)
		files->xRandomness = random_for_sqlite;
}

PyObject *module_forget_randomness(PyObject *self, PyObject *random)
{
	sqlite3_randomness(0, NULL); // drawn anew at its next use
	if (seed(random) < 0)
		return NULL;
	Py_RETURN_NONE;
}
