// engine.c: QuickJS, compiled as part of this file so that we can reach what
// its interface does not show, and changed a little (see quickjs.sed): the
// function that writes an error's stack and the one that forbids declaring a
// global variable twice are ours, "..." spreads strings, and Promise.any's
// error has a message.
//
// Cells are evaluated as global code, so that what one declares the next ones
// see. As in the console of a browser, a later cell may declare a name again:
// the new declaration takes the place of the old one, also for functions of
// earlier cells that use the name.
#include "quickjs.h"

struct JSContext;
static void build_backtrace(struct JSContext *ctx, JSValueConst error, const char *filename, int line, int column, int flags);
static int JS_CheckDefineGlobalVar(struct JSContext *ctx, JSAtom name, int flags);
static int copy_characters(struct JSContext *ctx, JSValueConst to, JSValueConst text, JSValueConst excluded, int setprop);
static void aggregate_message(struct JSContext *ctx, JSValueConst error);
extern int ran_out;

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Weverything"
#include "quickjs-changed.c"
#pragma clang diagnostic pop

#include "caisson.h"
#include <ctype.h>

// ---- Interrupts and exits ----
//
// What ends running code is QuickJS's uncatchable error. Async functions and
// promises catch even that, so once stopped, each further poll throws again.

volatile uint32_t interrupt_flag;
static int stopping;
int ran_out; // of memory, in this execution

static int on_poll(JSRuntime *rt, void *ctx)
{
	if (!interrupt_flag && !stopping)
		return 0;
	// An interrupt leaves room to reject a promise with its error, which says
	// where it came; an exit does not go on at all.
	((JSContext *)ctx)->interrupt_counter = stopping ? 1 : 20;
	return 1;
}

// engine_look makes the engine poll at its next step, and not only after many:
// what sleeps in between takes few steps.
void engine_look(JSContext *ctx) { ctx->interrupt_counter = 1; }

int engine_stopping(void) { return stopping || interrupt_flag; }

void engine_stop(JSContext *ctx)
{
	stopping = 1;
	ctx->interrupt_counter = 1;
}

void engine_go(JSContext *ctx)
{
	stopping = 0;
	interrupt_flag = 0;
	ctx->interrupt_counter = JS_INTERRUPT_COUNTER_INIT;
	JS_FreeValue(ctx, JS_GetException(ctx));
	ctx->rt->current_stack_frame = NULL;
	ctx->rt->in_out_of_memory = FALSE;
}

static void start_stacks(JSContext *ctx);

void engine_start(JSContext *ctx)
{
	start_stacks(ctx);
	JS_SetInterruptHandler(ctx->rt, on_poll, ctx);
	engine_seed(ctx, 1); // nothing random at boot
}

void engine_seed(JSContext *ctx, uint64_t seed) { ctx->random_state = seed ? seed : 1; }

// engine_drop_jobs forgets promise reactions that an ended execution left.
void engine_drop_jobs(JSContext *ctx)
{
	struct list_head *el, *next;
	list_for_each_safe(el, next, &ctx->rt->job_list) {
		JSJobEntry *e = list_entry(el, JSJobEntry, link);
		list_del(&e->link);
		for (int i = 0; i < e->argc; i++)
			JS_FreeValue(ctx, e->argv[i]);
		js_free(ctx, e);
	}
}

// ---- Stacks ----

// plain_property returns a string property of an object or of those it
// inherits from, without running anybody's code.
static JSValueConst plain_property(JSObject *p, JSAtom name)
{
	for (; p != NULL; p = p->shape->proto) {
		JSProperty *pr;
		JSShapeProperty *prs = find_own_property(&pr, p, name);
		if (p->class_id == JS_CLASS_PROXY)
			break;
		if (prs != NULL && (prs->flags & JS_PROP_TMASK) == JS_PROP_NORMAL && JS_IsString(pr->u.value))
			return pr->u.value;
		if (prs != NULL)
			break;
	}
	return JS_UNDEFINED;
}

static void put_value(JSContext *ctx, DynBuf *d, JSValueConst v)
{
	const char *s = JS_ToCString(ctx, v);
	if (s != NULL)
		dbuf_putstr(d, s);
	JS_FreeCString(ctx, s);
}

// put_header adds an error's name and message.
static void put_header(JSContext *ctx, DynBuf *d, JSObject *error)
{
	JSValueConst name = plain_property(error, JS_ATOM_name), message = plain_property(error, JS_ATOM_message);
	size_t start = d->size;
	if (JS_IsString(name))
		put_value(ctx, d, name);
	else
		dbuf_putstr(d, "Error");
	if (JS_IsString(message) && (JS_VALUE_GET_TAG(message) != JS_TAG_STRING || JS_VALUE_GET_STRING(message)->len > 0)) {
		if (d->size > start)
			dbuf_putstr(d, ": ");
		put_value(ctx, d, message);
	}
}

// spot returns where in a function's source a line and column are; NULL when it
// cannot tell.
static const char *spot(JSContext *ctx, JSFunctionBytecode *b, int line, int column)
{
	if (!b->has_debug || b->debug.source == NULL || line <= 0)
		return NULL;
	int first_column, first = find_line_num(ctx, b, -1, &first_column);
	const char *s = b->debug.source, *end = s + b->debug.source_len;
	for (; first < line && s < end; s++)
		first += *s == '\n';
	int skip = s == b->debug.source ? column - first_column : column - 1;
	for (; skip > 0 && s < end; skip--)
		do
			s++;
		while (s < end && ((uint8_t)*s & 0xC0) == 0x80);
	return skip == 0 && s < end ? s : NULL;
}

static int part_of_name(int c) { return c == '_' || c == '$' || c == '#' || c >= 128 || (c < 128 && isalnum(c)); }

// name_before returns where the name that ends before s begins; with dots, also
// the names that it belongs to.
static const char *name_before(const char *start, const char *s, int dots)
{
	while (s > start && (part_of_name((uint8_t)s[-1]) || (dots && (s[-1] == '.' || s[-1] == '?'))))
		s--;
	return s;
}

// at_name moves the place of a call from its bracket to what people take for
// its place: the name before that, or "new".
static int at_name(JSContext *ctx, JSFunctionBytecode *b, int line, int column)
{
	const char *s = spot(ctx, b, line, column), *start = b->debug.source;
	if (s == NULL)
		return column;
	if (*s == '.')
		return column + 1;
	if (*s != '(')
		return column;
	const char *name = name_before(start, s, 0), *all = name_before(start, s, 1);
	if (all - start >= 4 && !strncmp(all - 4, "new ", 4))
		name = all - 4;
	for (; s > name; s--)
		column -= ((uint8_t)s[-1] & 0xC0) != 0x80;
	return column;
}

// put_place adds one frame. Names that begin with \1 mark functions that the
// kernel has wrapped around a file: its first line is further left than it seems.
static void put_place(DynBuf *d, const char *function, const char *file, int line, int column)
{
	if (file[0] == 1) {
		file++;
		if (line == 1 && column > WRAP_COLUMNS)
			column -= WRAP_COLUMNS;
	}
	int named = function != NULL && function[0] != 0 && function[0] != '<';
	dbuf_putstr(d, "\n    at ");
	if (named) {
		dbuf_putstr(d, function);
		dbuf_putstr(d, " (");
	}
	dbuf_putstr(d, file);
	if (line > 0)
		dbuf_printf(d, ":%d:%d", line, column);
	if (named)
		dbuf_putc(d, ')');
}

static int is_ours(const char *file) { return strncmp(file, "node:", 5) == 0; }

// put_frame adds a frame and reports whether it counts: the kernel's do not.
static int put_frame(JSContext *ctx, DynBuf *d, JSStackFrame *sf)
{
	JSObject *p = JS_VALUE_GET_OBJ(sf->cur_func);
	if (!js_class_has_bytecode(p->class_id))
		return 0;
	JSFunctionBytecode *b = p->u.func.function_bytecode;
	if (!b->has_debug)
		return 0;
	const char *file = JS_AtomToCString(ctx, b->debug.filename);
	int column = 0, count = file != NULL && !is_ours(file);
	if (count) {
		int line = find_line_num(ctx, b, sf->cur_pc - b->byte_code_buf - 1, &column);
		column = at_name(ctx, b, line, column);
		const char *function = get_func_name(ctx, sf->cur_func);
		put_place(d, function, file, line, column);
		JS_FreeCString(ctx, function);
	}
	JS_FreeCString(ctx, file);
	return count;
}

static int stack_limit(JSContext *ctx)
{
	JSProperty *pr;
	JSObject *proto = JS_VALUE_GET_OBJ(ctx->class_proto[JS_CLASS_ERROR]);
	JSShapeProperty *prs = find_own_property(&pr, proto, JS_ATOM_constructor);
	if (prs == NULL || (prs->flags & JS_PROP_TMASK) != JS_PROP_NORMAL || !JS_IsObject(pr->u.value))
		return 10;
	JSAtom name = JS_NewAtom(ctx, "stackTraceLimit");
	prs = find_own_property(&pr, JS_VALUE_GET_OBJ(pr->u.value), name);
	JS_FreeAtom(ctx, name);
	if (prs == NULL || (prs->flags & JS_PROP_TMASK) != JS_PROP_NORMAL)
		return 10;
	if (JS_VALUE_GET_TAG(pr->u.value) == JS_TAG_INT)
		return JS_VALUE_GET_INT(pr->u.value);
	return JS_TAG_IS_FLOAT64(JS_VALUE_GET_TAG(pr->u.value)) ? 1000 : 10;
}

// callee writes what is called where a frame is, as in "x.y is not a
// function", and returns its length; 0 when it cannot tell.
static int callee(JSContext *ctx, JSStackFrame *sf, char *to, int cap)
{
	JSObject *p = JS_VALUE_GET_OBJ(sf->cur_func);
	if (!js_class_has_bytecode(p->class_id))
		return 0;
	JSFunctionBytecode *b = p->u.func.function_bytecode;
	int column, line = find_line_num(ctx, b, sf->cur_pc - b->byte_code_buf - 1, &column);
	const char *s = spot(ctx, b, line, column);
	if (s == NULL || *s != '(')
		return 0;
	const char *from = name_before(b->debug.source, s, 1);
	int n = (int)(s - from);
	if (n <= 0 || n >= cap || *from == '.')
		return 0; // of something longer, such as f().x
	memcpy(to, from, (size_t)n);
	to[n] = 0;
	return n;
}

static void name_callee(JSContext *ctx, JSObject *error, JSStackFrame *sf)
{
	JSProperty *pr;
	JSShapeProperty *prs = find_own_property(&pr, error, JS_ATOM_message);
	if (prs == NULL || JS_VALUE_GET_TAG(pr->u.value) != JS_TAG_STRING)
		return;
	const char *message = JS_ToCString(ctx, pr->u.value);
	if (message != NULL && (!strcmp(message, "not a function") || !strcmp(message, "not a constructor"))) {
		char name[100], text[140];
		if (!js_class_has_bytecode(JS_VALUE_GET_OBJ(sf->cur_func)->class_id))
			strcpy(name, "argument");
		else if (callee(ctx, sf, name, sizeof name) == 0)
			strcpy(name, "(intermediate value)");
		snprintf(text, sizeof text, "%s is %s", name, message);
		JSValue v = JS_NewString(ctx, text);
		if (JS_IsString(v)) {
			JS_FreeValue(ctx, pr->u.value);
			pr->u.value = v;
		}
	}
	JS_FreeCString(ctx, message);
}

// An error's stack is text that begins with the error itself. It is put
// together when somebody first asks, because constructors set the name of an
// error after it is made. Until then the frames wait in a private property.
static JSAtom frames_name;
static JSValue stack_getter = JS_UNDEFINED, stack_setter = JS_UNDEFINED;

static JSValue set_stack(JSContext *ctx, JSValueConst error, JSValueConst v)
{
	if (JS_IsObject(error))
		JS_DefinePropertyValue(ctx, error, JS_ATOM_stack, JS_DupValue(ctx, v), JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
	return JS_UNDEFINED;
}

static JSValue get_stack(JSContext *ctx, JSValueConst error)
{
	JSProperty *pr;
	if (JS_VALUE_GET_TAG(error) != JS_TAG_OBJECT)
		return JS_UNDEFINED;
	JSObject *p = JS_VALUE_GET_OBJ(error);
	JSShapeProperty *prs = find_own_property(&pr, p, frames_name);
	if (prs == NULL)
		return JS_UNDEFINED;
	DynBuf d;
	js_dbuf_init(ctx, &d);
	put_header(ctx, &d, p);
	put_value(ctx, &d, pr->u.value);
	JSValue stack = dbuf_error(&d) ? JS_DupValue(ctx, pr->u.value) : JS_NewStringLen(ctx, (char *)d.buf, d.size);
	dbuf_free(&d);
	if (!JS_IsException(stack))
		set_stack(ctx, error, stack);
	return stack;
}

static void start_stacks(JSContext *ctx)
{
	frames_name = js_symbol_to_atom(ctx, JS_NewSymbolFromAtom(ctx, JS_ATOM_stack, JS_ATOM_TYPE_PRIVATE));
	stack_getter = JS_NewCFunction2(ctx, (JSCFunction *)get_stack, "stack", 0, JS_CFUNC_getter, 0);
	stack_setter = JS_NewCFunction2(ctx, (JSCFunction *)set_stack, "stack", 1, JS_CFUNC_setter, 0);
}

// build_backtrace keeps where an error comes from, without frames of the kernel's.
static void build_backtrace(JSContext *ctx, JSValueConst error, const char *filename, int line, int column, int flags)
{
	DynBuf d;
	if (JS_VALUE_GET_TAG(error) != JS_TAG_OBJECT)
		return;
	JSStackFrame *sf = ctx->rt->current_stack_frame;
	if (flags & JS_BACKTRACE_FLAG_SKIP_FIRST_LEVEL && sf != NULL)
		sf = sf->prev_frame;
	else if (sf != NULL && filename == NULL)
		name_callee(ctx, JS_VALUE_GET_OBJ(error), sf);
	js_dbuf_init(ctx, &d);
	if (filename != NULL)
		put_place(&d, NULL, filename, line, column);
	int left = stack_limit(ctx);
	for (; sf != NULL && left > 0 && !(sf->js_mode & JS_MODE_BACKTRACE_BARRIER); sf = sf->prev_frame)
		left -= put_frame(ctx, &d, sf);
	JSValue frames = dbuf_error(&d) ? JS_UNDEFINED : JS_NewStringLen(ctx, (char *)d.buf, d.size);
	dbuf_free(&d);
	if (!JS_IsString(frames) || frames_name == JS_ATOM_NULL)
		return;
	if (JS_DefinePropertyValue(ctx, error, frames_name, frames, JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE) >= 0)
		JS_DefineProperty(ctx, error, JS_ATOM_stack, JS_UNDEFINED, stack_getter, stack_setter,
		                  JS_PROP_HAS_GET | JS_PROP_HAS_SET | JS_PROP_HAS_CONFIGURABLE | JS_PROP_CONFIGURABLE | JS_PROP_HAS_ENUMERABLE);
}

static void aggregate_message(JSContext *ctx, JSValueConst error)
{
	JSValue text = JS_NewString(ctx, "All promises were rejected");
	JS_DefinePropertyValue(ctx, error, JS_ATOM_message, text, JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
	build_backtrace(ctx, error, NULL, 0, 0, 0);
}

// ---- Evaluating ----

// keep_source keeps the text of code that is no function, for name_callee.
static void keep_source(JSContext *ctx, JSFunctionBytecode *b, const char *text, size_t len)
{
	if (!b->has_debug || b->debug.source != NULL || JS_GetStripInfo(ctx->rt))
		return;
	b->debug.source = js_strndup(ctx, text, len);
	b->debug.source_len = b->debug.source ? (int)len : 0;
}

JSValue engine_eval(JSContext *ctx, const char *text, size_t len, const char *name, int flags)
{
	JSValue code = JS_Eval(ctx, text, len, name, flags | JS_EVAL_FLAG_COMPILE_ONLY);
	if (JS_IsException(code))
		return code;
	if (JS_VALUE_GET_TAG(code) == JS_TAG_FUNCTION_BYTECODE)
		keep_source(ctx, JS_VALUE_GET_PTR(code), text, len);
	return JS_EvalFunction(ctx, code);
}

static int copy_characters(JSContext *ctx, JSValueConst to, JSValueConst text, JSValueConst excluded, int setprop)
{
	JSValue o = JS_ToObject(ctx, text);
	int bad = JS_IsException(o) || JS_CopyDataProperties(ctx, to, o, excluded, setprop);
	JS_FreeValue(ctx, o);
	return bad ? -1 : 0;
}

// ---- Global variables ----

static int JS_CheckDefineGlobalVar(JSContext *ctx, JSAtom name, int flags)
{
	JSShapeProperty *prs = find_own_property1(JS_VALUE_GET_OBJ(ctx->global_obj), name);
	int constant = prs != NULL && !(prs->flags & (JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE));
	if (constant && (flags & (DEFINE_GLOBAL_LEX_VAR | DEFINE_GLOBAL_FUNC_VAR))) {
		JS_ThrowSyntaxErrorVarRedeclaration(ctx, name); // undefined, NaN, Infinity
		return -1;
	}
	if (find_own_property1(JS_VALUE_GET_OBJ(ctx->global_var_obj), name))
		return JS_DeleteProperty(ctx, ctx->global_var_obj, name, 0) < 0 ? -1 : 0;
	return 0;
}

// ---- Modules ----
//
// Which file a name means and what is in it, the kernel decides.

static struct {
	JSValue resolve, load, exports, meta;
} hooks = {JS_UNDEFINED, JS_UNDEFINED, JS_UNDEFINED, JS_UNDEFINED};

static char *resolve_module(JSContext *ctx, const char *base, const char *name, void *opaque)
{
	JSValue args[2] = {JS_NewString(ctx, base[0] == 1 ? base + 1 : base), JS_NewString(ctx, name)};
	JSValue found = JS_Call(ctx, hooks.resolve, JS_UNDEFINED, 2, (JSValueConst *)args);
	JS_FreeValue(ctx, args[0]);
	JS_FreeValue(ctx, args[1]);
	if (JS_IsException(found))
		return NULL;
	const char *s = JS_ToCString(ctx, found);
	char *copy = s ? js_strdup(ctx, s) : NULL;
	JS_FreeCString(ctx, s);
	JS_FreeValue(ctx, found);
	return copy;
}

static JSValue call_with_name(JSContext *ctx, JSValueConst f, JSAtom name)
{
	JSValue v = JS_AtomToString(ctx, name);
	JSValue r = JS_Call(ctx, f, JS_UNDEFINED, 1, (JSValueConst *)&v);
	JS_FreeValue(ctx, v);
	return r;
}

static int set_meta(JSContext *ctx, JSModuleDef *m)
{
	JSValue meta = JS_GetImportMeta(ctx, m), name = JS_AtomToString(ctx, m->module_name);
	JSValueConst args[2] = {meta, name};
	JSValue r = JS_Call(ctx, hooks.meta, JS_UNDEFINED, 2, args);
	JS_FreeValue(ctx, meta);
	JS_FreeValue(ctx, name);
	JS_FreeValue(ctx, r);
	return JS_IsException(r) ? -1 : 0;
}

static JSModuleDef *compile_module(JSContext *ctx, const char *text, size_t len, const char *name)
{
	JSValue code = JS_Eval(ctx, text, len, name, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
	if (JS_IsException(code))
		return NULL;
	JSModuleDef *m = JS_VALUE_GET_PTR(code);
	JS_FreeValue(ctx, code); // the list of modules keeps it
	if (JS_VALUE_GET_TAG(m->func_obj) == JS_TAG_FUNCTION_BYTECODE)
		keep_source(ctx, JS_VALUE_GET_PTR(m->func_obj), text, len);
	return set_meta(ctx, m) < 0 ? NULL : m;
}

// fill gives a module made of an object its values.
static int fill(JSContext *ctx, JSModuleDef *m)
{
	JSValue from = call_with_name(ctx, hooks.exports, m->module_name);
	if (JS_IsException(from))
		return -1;
	int failed = 0;
	for (int i = 0; i < m->export_entries_count && !failed; i++) {
		const char *name = JS_AtomToCString(ctx, m->export_entries[i].export_name);
		JSValue v = name ? JS_GetPropertyStr(ctx, from, name) : JS_EXCEPTION;
		failed = JS_IsException(v) || JS_SetModuleExport(ctx, m, name, v) < 0;
		JS_FreeCString(ctx, name);
	}
	JS_FreeValue(ctx, from);
	return failed ? -1 : 0;
}

static JSModuleDef *module_of_object(JSContext *ctx, const char *name, JSValueConst names)
{
	JSModuleDef *m = JS_NewCModule(ctx, name, fill);
	int64_t n = 0;
	if (m == NULL || js_get_length64(ctx, &n, names) < 0)
		return NULL;
	for (int64_t i = 0; i < n; i++) {
		JSValue v = JS_GetPropertyInt64(ctx, names, i);
		const char *s = JS_ToCString(ctx, v);
		int failed = s == NULL || JS_AddModuleExport(ctx, m, s) < 0;
		JS_FreeCString(ctx, s);
		JS_FreeValue(ctx, v);
		if (failed)
			return NULL;
	}
	return m;
}

// load_module asks the kernel for a module: its text, or the names that an
// object exports.
static JSModuleDef *load_module(JSContext *ctx, const char *name, void *opaque)
{
	JSValue v = JS_NewString(ctx, name);
	JSValue what = JS_Call(ctx, hooks.load, JS_UNDEFINED, 1, (JSValueConst *)&v);
	JSModuleDef *m = NULL;
	JS_FreeValue(ctx, v);
	if (JS_IsException(what))
		return NULL;
	if (JS_IsString(what)) {
		size_t len;
		const char *text = JS_ToCStringLen(ctx, &len, what);
		if (text != NULL)
			m = compile_module(ctx, text, len, name);
		JS_FreeCString(ctx, text);
	} else {
		m = module_of_object(ctx, name, what);
	}
	JS_FreeValue(ctx, what);
	return m;
}

void engine_hook_modules(JSContext *ctx, JSValueConst resolve, JSValueConst load, JSValueConst exports, JSValueConst meta)
{
	hooks.resolve = JS_DupValue(ctx, resolve);
	hooks.load = JS_DupValue(ctx, load);
	hooks.exports = JS_DupValue(ctx, exports);
	hooks.meta = JS_DupValue(ctx, meta);
	JS_SetModuleLoaderFunc(ctx->rt, resolve_module, load_module, NULL);
}

// engine_run_module evaluates text as the main module; a promise of its end.
JSValue engine_run_module(JSContext *ctx, const char *text, size_t len, const char *name)
{
	JSModuleDef *m = compile_module(ctx, text, len, name);
	if (m == NULL)
		return JS_EXCEPTION;
	JSValue code = JS_NewModuleValue(ctx, m);
	if (JS_ResolveModule(ctx, code) < 0) {
		JS_FreeValue(ctx, code);
		return JS_EXCEPTION;
	}
	return JS_EvalFunction(ctx, code);
}

// handled tells the kernel that a rejection is taken care of.
static void handled(JSContext *ctx, JSValueConst promise)
{
	JSRuntime *rt = ctx->rt;
	if (rt->host_promise_rejection_tracker)
		rt->host_promise_rejection_tracker(ctx, promise, JS_UNDEFINED, TRUE, rt->host_promise_rejection_tracker_opaque);
}

// engine_require loads and evaluates a module now, for require; one that
// awaits on its top level cannot be had in this way.
JSValue engine_require(JSContext *ctx, const char *name)
{
	JSModuleDef *m = js_host_resolve_imported_module(ctx, "", name);
	if (m == NULL)
		return JS_EXCEPTION;
	if (js_resolve_module(ctx, m) < 0) {
		js_free_modules(ctx, JS_FREE_MODULE_NOT_RESOLVED);
		return JS_EXCEPTION;
	}
	JSValue done = JS_EvalFunction(ctx, JS_NewModuleValue(ctx, m));
	if (JS_IsException(done))
		return JS_EXCEPTION;
	JSPromiseStateEnum state = JS_PromiseState(ctx, done);
	if (state == JS_PROMISE_REJECTED) {
		handled(ctx, done);
		JS_Throw(ctx, JS_PromiseResult(ctx, done));
	} else if (state == JS_PROMISE_PENDING) {
		JS_ThrowTypeError(ctx, "require() cannot be used on an ES module with top-level await: use import() instead: %s", name);
	}
	JS_FreeValue(ctx, done);
	return state == JS_PROMISE_FULFILLED ? JS_GetModuleNamespace(ctx, m) : JS_EXCEPTION;
}

// engine_forget_modules makes files of a folder load anew when they are next
// imported. The modules themselves stay: running code may use them.
void engine_forget_modules(JSContext *ctx, const char *prefix)
{
	struct list_head *el;
	list_for_each(el, &ctx->loaded_modules) {
		JSModuleDef *m = list_entry(el, JSModuleDef, link);
		const char *name = JS_AtomToCString(ctx, m->module_name);
		if (name != NULL && strncmp(name, prefix, strlen(prefix)) == 0) {
			JS_FreeAtom(ctx, m->module_name);
			m->module_name = JS_DupAtom(ctx, JS_ATOM_empty_string);
		}
		JS_FreeCString(ctx, name);
	}
}

// ---- Looking inside values ----

JSValue engine_class(JSContext *ctx, JSValueConst v)
{
	if (JS_VALUE_GET_TAG(v) != JS_TAG_OBJECT)
		return JS_UNDEFINED;
	return JS_AtomToString(ctx, ctx->rt->class_array[JS_VALUE_GET_OBJ(v)->class_id].class_name);
}

JSValue engine_proxy(JSContext *ctx, JSValueConst v)
{
	if (JS_VALUE_GET_TAG(v) != JS_TAG_OBJECT || JS_VALUE_GET_OBJ(v)->class_id != JS_CLASS_PROXY)
		return JS_UNDEFINED;
	JSProxyData *s = JS_VALUE_GET_OBJ(v)->u.opaque;
	JSValue pair = JS_NewArray(ctx);
	if (JS_IsException(pair))
		return pair;
	JS_SetPropertyUint32(ctx, pair, 0, s->is_revoked ? JS_NULL : JS_DupValue(ctx, s->target));
	JS_SetPropertyUint32(ctx, pair, 1, s->is_revoked ? JS_NULL : JS_DupValue(ctx, s->handler));
	return pair;
}

JSValue engine_entries(JSContext *ctx, JSValueConst v)
{
	JSObject *p = JS_VALUE_GET_TAG(v) == JS_TAG_OBJECT ? JS_VALUE_GET_OBJ(v) : NULL;
	if (p == NULL || (p->class_id != JS_CLASS_MAP_ITERATOR && p->class_id != JS_CLASS_SET_ITERATOR))
		return JS_UNDEFINED;
	JSMapIteratorData *it = p->u.map_iterator_data;
	JSValue list = JS_NewArray(ctx);
	if (it == NULL || JS_IsUndefined(it->obj) || JS_IsException(list))
		return list;
	int set = p->class_id == JS_CLASS_SET_ITERATOR;
	JSMapState *s = JS_GetOpaque(it->obj, set ? JS_CLASS_SET : JS_CLASS_MAP);
	struct list_head *el = it->cur_record ? it->cur_record->link.next : s->records.next;
	uint32_t n = 0;
	for (; el != &s->records; el = el->next) {
		JSMapRecord *r = list_entry(el, JSMapRecord, link);
		if (r->empty)
			continue;
		if (it->kind != JS_ITERATOR_KIND_VALUE || set)
			JS_SetPropertyUint32(ctx, list, n++, JS_DupValue(ctx, r->key));
		if (it->kind != JS_ITERATOR_KIND_KEY && !(set && it->kind == JS_ITERATOR_KIND_VALUE))
			JS_SetPropertyUint32(ctx, list, n++, JS_DupValue(ctx, set ? r->key : r->value));
	}
	if (it->kind == JS_ITERATOR_KIND_KEY_AND_VALUE)
		JS_DefinePropertyValueStr(ctx, list, "pairs", JS_TRUE, JS_PROP_CONFIGURABLE);
	return list;
}
