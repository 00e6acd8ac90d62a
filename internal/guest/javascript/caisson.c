// caisson.c makes QuickJS a WASI reactor that caisson can freeze: it exports
// what the doc of package guest asks for. The rest of the guest:
//
//	../hold   standard output
//	engine.c  QuickJS itself, and what needs to see inside it
//	files.c   files
//	host.c    what else the kernel asks for
//	kernel/   the kernel, in JavaScript: executions, results, errors, and
//	          the globals and modules that programs expect of Node
//
// One image is booted once and then copied for every sandbox, so nothing
// random may be drawn at boot. Math.random is seeded in the first execution of
// a copy ("fresh" in a request); everything else random asks the host.
#include "caisson.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORT(name) __attribute__((export_name(name), visibility("default")))

__attribute__((import_module("caisson"), import_name("refuel"))) int64_t host_refuel(void);

// The metering pass calls refuel, not we. This keeps the import in the module.
EXPORT("caisson_refuel") int64_t caisson_refuel(void) { return host_refuel(); }

enum { FAILED = 1, INTERRUPTED = 130 }; // exit codes, where the kernel cannot say one
enum { STACK = 2 << 20 };               // of 8 MiB; past it a RangeError, well before the machine's own stack ends

// SLACK is room that the allocator keeps from the start, so that a small program
// need not ask for memory: a copy that never grew can be made new again.
enum { SLACK = 4 << 20 };

static JSContext *ctx;
static JSValue run = JS_UNDEFINED, ended = JS_UNDEFINED; // the kernel's functions

static void say(const char *text) { write_all(2, text, strlen(text)); }

// complain tells of an exception that the kernel itself could not.
static void complain(void)
{
	JSValue e = JS_GetException(ctx);
	JSValue stack = JS_IsError(ctx, e) ? JS_GetPropertyStr(ctx, e, "stack") : JS_DupValue(ctx, e);
	const char *text = JS_ToCString(ctx, stack);
	say(text ? text : "InternalError: the execution could not be ended");
	say("\n");
	JS_FreeCString(ctx, text);
	JS_FreeValue(ctx, stack);
	JS_FreeValue(ctx, e);
}

// caisson_boot runs the boot source: an expression whose value is a function,
// which is given what host.c and files.c have and returns {run, ended}.
EXPORT("caisson_boot") int32_t caisson_boot(const char *source, int32_t len)
{
	JSRuntime *rt = ctx == NULL ? JS_NewRuntime() : NULL;
	if (rt == NULL)
		return -1;
	JS_SetMaxStackSize(rt, STACK);
	ctx = JS_NewContext(rt);
	if (ctx == NULL)
		return -2;
	engine_start(ctx);
	char *text = malloc((size_t)len + 1); // QuickJS wants a NUL behind it
	if (text == NULL)
		return -2;
	memcpy(text, source, (size_t)len);
	text[len] = 0;
	JSValue host = JS_NewObject(ctx);
	JS_SetPropertyFunctionList(ctx, host, host_functions, host_functions_count);
	JS_SetPropertyFunctionList(ctx, host, files_functions, files_functions_count);
	JS_SetStripInfo(rt, JS_STRIP_SOURCE);
	hold_begin();
	JSValue boot = JS_Eval(ctx, text, (size_t)len, "node:internal", JS_EVAL_TYPE_GLOBAL);
	free(text);
	JS_SetStripInfo(rt, 0);
	JSValue kernel = JS_IsException(boot) ? JS_EXCEPTION : JS_Call(ctx, boot, JS_UNDEFINED, 1, (JSValueConst *)&host);
	JS_FreeValue(ctx, boot);
	JS_FreeValue(ctx, host);
	if (JS_IsException(kernel)) {
		complain();
		hold_send();
		return -3;
	}
	run = JS_GetPropertyStr(ctx, kernel, "run");
	ended = JS_GetPropertyStr(ctx, kernel, "ended");
	JS_FreeValue(ctx, kernel);
	engine_go(ctx);
	JS_RunGC(rt);
	host_reserve();
	char *volatile slack = malloc(SLACK); // volatile, or the compiler sees that it is for nothing
	free(slack);
	hold_send();
	return JS_IsFunction(ctx, run) && JS_IsFunction(ctx, ended) ? 0 : -3;
}

EXPORT("caisson_alloc") void *caisson_alloc(int32_t n)
{
	if (n < 0)
		return NULL;
	void *room = malloc(n > 0 ? (size_t)n : 1);
	if (room == NULL) {
		host_release_reserve();
		room = malloc(n > 0 ? (size_t)n : 1);
	}
	return room;
}

EXPORT("caisson_intr") uint32_t *caisson_intr(void)
{
	static uint32_t flags[4];
	flags[0] = flags[1] = flags[2] = (uint32_t)(uintptr_t)&interrupt_flag;
	flags[3] = 1;
	return flags;
}

static int number(JSValue v, int otherwise)
{
	int32_t n = otherwise;
	if (JS_IsNumber(v))
		JS_ToInt32(ctx, &n, v);
	JS_FreeValue(ctx, v);
	return n & 255;
}

// cut_short ends an execution that was interrupted, or that ran out of memory
// while the kernel was at work, and returns its exit code.
static int cut_short(void)
{
	int interrupted = interrupt_flag != 0;
	JSValue e = JS_GetException(ctx);
	if (interrupted && !JS_IsUndefined(stopped_at)) {
		JS_FreeValue(ctx, e);
		e = JS_DupValue(ctx, stopped_at);
	}
	engine_go(ctx);
	engine_drop_jobs(ctx);
	host_release_reserve();
	JSValueConst args[2] = {interrupted ? JS_TRUE : JS_FALSE, e};
	JSValue code = JS_Call(ctx, ended, JS_UNDEFINED, 2, args);
	JS_FreeValue(ctx, e);
	if (JS_IsException(code)) {
		if (!exit_asked)
			complain();
		engine_go(ctx);
	}
	return number(code, interrupted ? INTERRUPTED : FAILED);
}

EXPORT("caisson_exec") int32_t caisson_exec(char *request, int32_t len)
{
	JSRuntime *rt = JS_GetRuntime(ctx);
	JS_UpdateStackTop(rt);
	hold_begin();
	engine_go(ctx);
	exit_asked = exit_code = ran_out = 0;
	host_reserve();
	JSValue text = len < 0 ? JS_UNDEFINED : JS_NewStringLen(ctx, request, (size_t)len);
	free(request);
	JSValue code = JS_IsException(text) ? JS_EXCEPTION : JS_Call(ctx, run, JS_UNDEFINED, 1, (JSValueConst *)&text);
	JS_FreeValue(ctx, text);
	int status;
	if (!JS_IsException(code))
		status = number(code, FAILED);
	else if (exit_asked)
		status = exit_code & 255;
	else
		status = cut_short();
	engine_go(ctx);
	engine_drop_jobs(ctx);
	JS_FreeValue(ctx, stopped_at);
	stopped_at = JS_UNDEFINED;
	hold_send();
	return status;
}
