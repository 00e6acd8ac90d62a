// alloc.c: the straight way to Python's allocator.
//
// Python calls its allocator through a pointer, in which tracemalloc puts
// itself while it traces. Here a call through a pointer costs several times
// what a direct one does, and next to nothing is done in Python without memory.
// So the pointer is looked at, and what it nearly always holds is called.
#include "caisson.h"
#include "pycore_pymem_init.h"
#include "pycore_runtime.h"

#define STANDARD (_PyRuntime.allocators.standard)

void *__real_PyObject_Malloc(size_t size);
void __real_PyObject_Free(void *p);
void *__real_PyMem_Malloc(size_t size);
void __real_PyMem_Free(void *p);

void *__wrap_PyObject_Malloc(size_t size)
{
	if (STANDARD.obj.malloc != _PyObject_Malloc || size > (size_t)PY_SSIZE_T_MAX)
		return __real_PyObject_Malloc(size);
	return _PyObject_Malloc(NULL, size);
}

void __wrap_PyObject_Free(void *p)
{
	if (STANDARD.obj.free != _PyObject_Free)
		__real_PyObject_Free(p);
	else
		_PyObject_Free(NULL, p);
}

void *__wrap_PyMem_Malloc(size_t size)
{
	if (STANDARD.mem.malloc != _PyObject_Malloc || size > (size_t)PY_SSIZE_T_MAX)
		return __real_PyMem_Malloc(size);
	return _PyObject_Malloc(NULL, size);
}

void __wrap_PyMem_Free(void *p)
{
	if (STANDARD.mem.free != _PyObject_Free)
		__real_PyMem_Free(p);
	else
		_PyObject_Free(NULL, p);
}
