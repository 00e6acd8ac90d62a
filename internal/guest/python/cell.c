// cell.c: code into code objects. A notebook shows the value of a last
// expression; for that its statement becomes an assignment, to a name that no
// code can write, in the tree that the parser made. So code is parsed once and
// compiled once, without a tree of Python objects between.
#include "caisson.h"
#include "pycore_ast.h"
#include "pycore_compile.h"
#include "pycore_parser.h"
#include "pycore_pyarena.h"
#include <string.h>

// keep_last makes the last statement, when it is an expression, assign its
// value to name. It returns -1 when there is no memory for that.
static int keep_last(mod_ty mod, PyObject *name, PyArena *arena)
{
	asdl_stmt_seq *body = mod->v.Module.body;
	Py_ssize_t n = asdl_seq_LEN(body);
	stmt_ty last = n > 0 ? asdl_seq_GET(body, n - 1) : NULL;
	if (last == NULL || last->kind != Expr_kind)
		return 0;
	if (_PyArena_AddPyObject(arena, Py_NewRef(name)) < 0) {
		Py_DECREF(name);
		return -1;
	}
	asdl_expr_seq *targets = _Py_asdl_expr_seq_new(1, arena);
	expr_ty value = last->v.Expr.value;
	expr_ty target = _PyAST_Name(name, Store, value->lineno, value->col_offset, value->end_lineno,
	                             value->end_col_offset, arena);
	if (targets == NULL || target == NULL)
		return -1;
	asdl_seq_SET(targets, 0, target);
	stmt_ty assign = _PyAST_Assign(targets, value, NULL, last->lineno, last->col_offset, last->end_lineno,
	                               last->end_col_offset, arena);
	if (assign == NULL)
		return -1;
	asdl_seq_SET(body, n - 1, assign);
	return 0;
}

// module_compile(text, file name, name for the last value or None, flags)
PyObject *module_compile(PyObject *self, PyObject *args)
{
	PyObject *text, *file, *name;
	PyCompilerFlags flags = _PyCompilerFlags_INIT;
	if (!PyArg_ParseTuple(args, "UUOi:compile", &text, &file, &name, &flags.cf_flags))
		return NULL;
	Py_ssize_t n;
	const char *s = PyUnicode_AsUTF8AndSize(text, &n);
	if (s == NULL)
		return NULL;
	if ((size_t)n != strlen(s)) {
		PyErr_SetString(PyExc_SyntaxError, "source code string cannot contain null bytes");
		return NULL;
	}
	flags.cf_flags |= PyCF_SOURCE_IS_UTF8 | PyCF_IGNORE_COOKIE;
	PyArena *arena = _PyArena_New();
	if (arena == NULL)
		return NULL;
	PyObject *code = NULL;
	mod_ty mod = _PyParser_ASTFromString(s, file, Py_file_input, &flags, arena);
	if (mod != NULL && (name == Py_None || keep_last(mod, name, arena) == 0))
		code = (PyObject *)_PyAST_Compile(mod, file, &flags, -1, arena);
	_PyArena_Free(arena);
	return code;
}
