// host.c: what the kernel, which is JavaScript, asks of the world: evaluating
// code, clocks, randomness, bytes and text, and the road to the host.
#include "caisson.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define IMPORT(name) __attribute__((import_module("caisson"), import_name(name)))
#define ARGS JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv

IMPORT("call") int32_t host_call(const char *op, int32_t oplen, const char *in, int32_t inlen);
IMPORT("take") int32_t host_take(char *out, int32_t cap);

int exit_asked, exit_code;

// ---- Bytes ----

static void free_bytes(JSRuntime *rt, void *opaque, void *data) { free(data); }

JSValue bytes_value(JSContext *ctx, void *data, size_t n)
{
	JSValue buffer = JS_NewArrayBuffer(ctx, data, n, free_bytes, NULL, 0);
	if (JS_IsException(buffer)) {
		free(data);
		return buffer;
	}
	JSValueConst args[3] = {buffer, JS_UNDEFINED, JS_UNDEFINED};
	JSValue view = JS_NewTypedArray(ctx, 3, args, JS_TYPED_ARRAY_UINT8);
	JS_FreeValue(ctx, buffer);
	return view;
}

const uint8_t *bytes_of(JSContext *ctx, JSValueConst v, size_t *n)
{
	size_t offset = 0, size = 0, whole;
	if (JS_GetClassID(v) == JS_INVALID_CLASS_ID)
		goto wrong;
	JSValue buffer = JS_GetTypedArrayBuffer(ctx, v, &offset, &size, NULL);
	if (JS_IsException(buffer)) {
		JS_FreeValue(ctx, JS_GetException(ctx));
		const uint8_t *data = JS_GetArrayBuffer(ctx, n, v);
		return data != NULL || *n > 0 ? data : (const uint8_t *)"";
	}
	const uint8_t *data = JS_GetArrayBuffer(ctx, &whole, buffer);
	JS_FreeValue(ctx, buffer); // the view keeps it
	if (data == NULL) {
		JS_FreeValue(ctx, JS_GetException(ctx));
		data = (const uint8_t *)"";
		size = 0;
		offset = 0;
	}
	*n = size;
	return data + offset;
wrong:
	JS_ThrowTypeError(ctx, "bytes expected");
	return NULL;
}

static JSValue host_encode(ARGS) // text to UTF-8
{
	size_t n;
	const char *text = JS_ToCStringLen(ctx, &n, argv[0]);
	if (text == NULL)
		return JS_EXCEPTION;
	char *copy = malloc(n > 0 ? n : 1);
	if (copy == NULL) {
		JS_FreeCString(ctx, text);
		return JS_ThrowOutOfMemory(ctx);
	}
	memcpy(copy, text, n);
	JS_FreeCString(ctx, text);
	for (size_t i = 0; i + 2 < n; i++)
		if ((uint8_t)copy[i] == 0xED && (uint8_t)copy[i + 1] >= 0xA0) // a lone surrogate
			memcpy(copy + i, "\xEF\xBF\xBD", 3);
	return bytes_value(ctx, copy, n);
}

// sequence returns how long the UTF-8 sequence at s is; when it is not valid,
// minus how many bytes one replacement character stands for.
static int sequence(const uint8_t *s, size_t left)
{
	uint8_t c = s[0], low = 0x80, high = 0xBF;
	int n = c < 0x80 ? 1 : c >= 0xC2 && c <= 0xDF ? 2 : c >= 0xE0 && c <= 0xEF ? 3 : c >= 0xF0 && c <= 0xF4 ? 4 : 0;
	if (n == 0)
		return -1;
	if (c == 0xE0)
		low = 0xA0;
	if (c == 0xED)
		high = 0x9F;
	if (c == 0xF0)
		low = 0x90;
	if (c == 0xF4)
		high = 0x8F;
	for (int i = 1; i < n; i++) {
		if ((size_t)i >= left || s[i] < low || s[i] > high)
			return -i;
		low = 0x80;
		high = 0xBF;
	}
	return n;
}

// host_decode(bytes): text, with a replacement character for what is not
// UTF-8; host_decode(bytes, true): undefined when something is not.
static JSValue host_decode(ARGS)
{
	size_t n, out = 0;
	const uint8_t *s = bytes_of(ctx, argv[0], &n);
	if (s == NULL)
		return JS_EXCEPTION;
	size_t good = 0;
	while (good < n) {
		int k = sequence(s + good, n - good);
		if (k < 0)
			break;
		good += (size_t)k;
	}
	if (good == n)
		return JS_NewStringLen(ctx, (const char *)s, n);
	if (argc > 1 && JS_ToBool(ctx, argv[1]))
		return JS_UNDEFINED;
	char *text = malloc(n * 3);
	if (text == NULL)
		return JS_ThrowOutOfMemory(ctx);
	for (size_t i = 0; i < n;) {
		int k = sequence(s + i, n - i);
		memcpy(text + out, k > 0 ? (const char *)s + i : "\xEF\xBF\xBD", k > 0 ? (size_t)k : 3);
		out += k > 0 ? (size_t)k : 3;
		i += (size_t)abs(k);
	}
	JSValue v = JS_NewStringLen(ctx, text, out);
	free(text);
	return v;
}

// ---- Evaluating ----

static JSValue evaluate(ARGS, int flags)
{
	size_t n;
	const char *text = JS_ToCStringLen(ctx, &n, argv[0]), *name = JS_ToCString(ctx, argv[1]);
	JSValue v = text && name ? engine_eval(ctx, text, n, name, flags) : JS_EXCEPTION;
	JS_FreeCString(ctx, text);
	JS_FreeCString(ctx, name);
	return v;
}

// host_cell(text, name): evaluate global code that may await; a promise of {value}.
static JSValue host_cell(ARGS) { return evaluate(ctx, self, argc, argv, JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_ASYNC); }

// host_script(text, name): evaluate global code; its value.
static JSValue host_script(ARGS) { return evaluate(ctx, self, argc, argv, JS_EVAL_TYPE_GLOBAL); }

// host_module(text, name): evaluate a main module; a promise of its end.
static JSValue host_module(ARGS)
{
	size_t n;
	const char *text = JS_ToCStringLen(ctx, &n, argv[0]), *name = JS_ToCString(ctx, argv[1]);
	JSValue v = text && name ? engine_run_module(ctx, text, n, name) : JS_EXCEPTION;
	JS_FreeCString(ctx, text);
	JS_FreeCString(ctx, name);
	return v;
}

static JSValue host_require(ARGS)
{
	const char *name = JS_ToCString(ctx, argv[0]);
	JSValue v = name ? engine_require(ctx, name) : JS_EXCEPTION;
	JS_FreeCString(ctx, name);
	return v;
}

static JSValue host_forget_modules(ARGS)
{
	const char *prefix = JS_ToCString(ctx, argv[0]);
	if (prefix == NULL)
		return JS_EXCEPTION;
	engine_forget_modules(ctx, prefix);
	JS_FreeCString(ctx, prefix);
	return JS_UNDEFINED;
}

static JSValue host_hook_modules(ARGS)
{
	engine_hook_modules(ctx, argv[0], argv[1], argv[2], argv[3]);
	return JS_UNDEFINED;
}

// host_drain runs promise reactions until there are none.
static JSValue host_drain(ARGS)
{
	JSContext *c;
	while (JS_IsJobPending(JS_GetRuntime(ctx))) {
		if (engine_stopping()) {
			JS_ThrowInternalError(ctx, "interrupted");
			JSValue e = JS_GetException(ctx);
			JS_SetUncatchableError(ctx, e, 1);
			return JS_Throw(ctx, e);
		}
		if (JS_ExecutePendingJob(JS_GetRuntime(ctx), &c) < 0)
			return JS_EXCEPTION;
	}
	return JS_UNDEFINED;
}

static JSValue rejected = JS_UNDEFINED;
JSValue stopped_at = JS_UNDEFINED; // where an interrupt came, if an async function caught it

static void on_rejection(JSContext *ctx, JSValueConst promise, JSValueConst reason, int handled, void *opaque)
{
	JSValueConst args[3] = {promise, reason, handled ? JS_TRUE : JS_FALSE};
	if (!engine_stopping())
		JS_FreeValue(ctx, JS_Call(ctx, rejected, JS_UNDEFINED, 3, args));
	else if (JS_IsUndefined(stopped_at) && JS_IsError(ctx, reason))
		stopped_at = JS_DupValue(ctx, reason);
}

static JSValue host_hook_rejections(ARGS)
{
	JS_FreeValue(ctx, rejected);
	rejected = JS_DupValue(ctx, argv[0]);
	JS_SetHostPromiseRejectionTracker(JS_GetRuntime(ctx), on_rejection, NULL);
	return JS_UNDEFINED;
}

// host_state(promise): [state, result]; undefined for anything else.
static JSValue host_state(ARGS)
{
	static const char *const names[] = {"pending", "fulfilled", "rejected"};
	int state = (int)JS_PromiseState(ctx, argv[0]);
	if (state < 0 || state > 2)
		return JS_UNDEFINED;
	JSValue pair = JS_NewArray(ctx);
	JS_SetPropertyUint32(ctx, pair, 0, JS_NewString(ctx, names[state]));
	JS_SetPropertyUint32(ctx, pair, 1, JS_PromiseResult(ctx, argv[0]));
	return pair;
}

static JSValue host_class(ARGS) { return engine_class(ctx, argv[0]); }
static JSValue host_proxy(ARGS) { return engine_proxy(ctx, argv[0]); }
static JSValue host_entries(ARGS) { return engine_entries(ctx, argv[0]); }

static JSValue host_exit(ARGS)
{
	int32_t code = 0;
	JS_ToInt32(ctx, &code, argv[0]);
	exit_asked = 1;
	exit_code = code;
	engine_stop(ctx);
	JS_ThrowInternalError(ctx, "exit");
	JSValue e = JS_GetException(ctx);
	JS_SetUncatchableError(ctx, e, 1);
	return JS_Throw(ctx, e);
}

// ---- Time, chance, memory ----

static JSValue host_now(ARGS)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return JS_NewFloat64(ctx, (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6);
}

static JSValue host_nanoseconds(ARGS)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return JS_NewBigInt64(ctx, (int64_t)t.tv_sec * 1000000000 + t.tv_nsec);
}

// host_sleep(ms): false when something ended it early.
static JSValue host_sleep(ARGS)
{
	double ms = 0;
	if (JS_ToFloat64(ctx, &ms, argv[0]))
		return JS_EXCEPTION;
	hold_send();
	if (!(ms > 0))
		return JS_TRUE;
	struct timespec t = {(time_t)(ms / 1e3), 0};
	t.tv_nsec = (long)((ms - (double)t.tv_sec * 1e3) * 1e6);
	if (nanosleep(&t, NULL) == 0)
		return JS_TRUE;
	engine_look(ctx);
	return JS_FALSE;
}

static JSValue host_random(ARGS)
{
	int32_t n = 0;
	if (JS_ToInt32(ctx, &n, argv[0]))
		return JS_EXCEPTION;
	if (n < 0 || n > 1 << 24)
		return JS_ThrowRangeError(ctx, "the number of random bytes must be between 0 and %d", 1 << 24);
	char *data = malloc(n > 0 ? (size_t)n : 1);
	if (data == NULL)
		return JS_ThrowOutOfMemory(ctx);
	for (int32_t done = 0; done < n; done += 256)
		if (getentropy(data + done, n - done < 256 ? (size_t)(n - done) : 256) != 0) {
			free(data);
			return JS_ThrowInternalError(ctx, "no randomness: %s", strerror(errno));
		}
	return bytes_value(ctx, data, (size_t)n);
}

static JSValue host_reseed(ARGS)
{
	uint64_t seed = 0;
	getentropy(&seed, sizeof seed);
	engine_seed(ctx, seed);
	return JS_UNDEFINED;
}

static JSValue host_memory(ARGS) // [used by values, of the whole image], in bytes
{
	JSMemoryUsage use;
	JS_ComputeMemoryUsage(JS_GetRuntime(ctx), &use);
	JSValue pair = JS_NewArray(ctx);
	JS_SetPropertyUint32(ctx, pair, 0, JS_NewInt64(ctx, use.malloc_size));
	JS_SetPropertyUint32(ctx, pair, 1, JS_NewInt64(ctx, (int64_t)__builtin_wasm_memory_size(0) << 16));
	return pair;
}

static JSValue host_gc(ARGS)
{
	JS_RunGC(JS_GetRuntime(ctx));
	return JS_UNDEFINED;
}

// The reserve is what is left when memory is used up: it is given back before
// that is reported, so that there is room for the report and for the next
// execution.
enum { RESERVE = 1 << 20 };
static void *reserve;

void host_reserve(void)
{
	if (reserve != NULL)
		return;
	reserve = malloc(2 * RESERVE); // where there is less, it is better used to free some
	if (reserve != NULL)
		reserve = realloc(reserve, RESERVE);
}

void host_release_reserve(void)
{
	free(reserve);
	reserve = NULL;
}

static JSValue host_release(ARGS)
{
	host_release_reserve();
	return JS_UNDEFINED;
}

static JSValue host_ran_out(ARGS) { return ran_out ? JS_TRUE : JS_FALSE; }

// ---- The road to the host ----

// host_ask(op, text): the answer as text, or a number below zero, -errno.
static JSValue host_ask(ARGS)
{
	size_t oplen, inlen;
	const char *op = JS_ToCStringLen(ctx, &oplen, argv[0]), *in = JS_ToCStringLen(ctx, &inlen, argv[1]);
	if (op == NULL || in == NULL) {
		JS_FreeCString(ctx, op);
		JS_FreeCString(ctx, in);
		return JS_EXCEPTION;
	}
	hold_send();
	int32_t n = host_call(op, (int32_t)oplen, in, (int32_t)inlen);
	JS_FreeCString(ctx, op);
	JS_FreeCString(ctx, in);
	if (n <= 0)
		return n < 0 ? JS_NewInt32(ctx, n) : JS_NewString(ctx, "");
	char *text = malloc((size_t)n);
	if (text == NULL)
		return JS_ThrowOutOfMemory(ctx);
	int32_t got = host_take(text, n);
	JSValue v = got < 0 ? JS_NewInt32(ctx, got) : JS_NewStringLen(ctx, text, (size_t)(got < n ? got : n));
	free(text);
	return v;
}

static JSValue host_flush(ARGS)
{
	hold_send();
	return JS_UNDEFINED;
}

const JSCFunctionListEntry host_functions[] = {
	JS_CFUNC_DEF("encode", 1, host_encode),
	JS_CFUNC_DEF("decode", 2, host_decode),
	JS_CFUNC_DEF("cell", 2, host_cell),
	JS_CFUNC_DEF("script", 2, host_script),
	JS_CFUNC_DEF("module", 2, host_module),
	JS_CFUNC_DEF("require", 1, host_require),
	JS_CFUNC_DEF("forgetModules", 1, host_forget_modules),
	JS_CFUNC_DEF("hookModules", 4, host_hook_modules),
	JS_CFUNC_DEF("hookRejections", 1, host_hook_rejections),
	JS_CFUNC_DEF("drain", 0, host_drain),
	JS_CFUNC_DEF("state", 1, host_state),
	JS_CFUNC_DEF("class", 1, host_class),
	JS_CFUNC_DEF("proxy", 1, host_proxy),
	JS_CFUNC_DEF("entries", 1, host_entries),
	JS_CFUNC_DEF("exit", 1, host_exit),
	JS_CFUNC_DEF("now", 0, host_now),
	JS_CFUNC_DEF("nanoseconds", 0, host_nanoseconds),
	JS_CFUNC_DEF("sleep", 1, host_sleep),
	JS_CFUNC_DEF("random", 1, host_random),
	JS_CFUNC_DEF("reseed", 0, host_reseed),
	JS_CFUNC_DEF("memory", 0, host_memory),
	JS_CFUNC_DEF("gc", 0, host_gc),
	JS_CFUNC_DEF("releaseReserve", 0, host_release),
	JS_CFUNC_DEF("ranOut", 0, host_ran_out),
	JS_CFUNC_DEF("ask", 2, host_ask),
	JS_CFUNC_DEF("flush", 0, host_flush),
	JS_PROP_INT32_DEF("wrapColumns", WRAP_COLUMNS, 0),
};
const int host_functions_count = sizeof host_functions / sizeof *host_functions;
