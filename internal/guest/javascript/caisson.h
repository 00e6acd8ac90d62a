// caisson.h: what the parts of the JavaScript guest know of each other.
#ifndef CAISSON_H
#define CAISSON_H
#include <stdint.h>
#include <stddef.h>
#include <sys/types.h>
#include "hold.h"
#include "quickjs.h"

// engine.c: QuickJS, and what needs to see inside it.
extern volatile uint32_t interrupt_flag; // set by the host to interrupt softly
extern int ran_out;                      // memory was used up in this execution
void engine_start(JSContext *ctx);
void engine_stop(JSContext *ctx);        // from now on each poll ends the running code
void engine_go(JSContext *ctx);          // no longer
int engine_stopping(void);
void engine_look(JSContext *ctx);
void engine_seed(JSContext *ctx, uint64_t seed); // of Math.random
void engine_drop_jobs(JSContext *ctx);
void engine_forget_modules(JSContext *ctx, const char *prefix);
JSValue engine_eval(JSContext *ctx, const char *text, size_t len, const char *name, int flags); // like JS_Eval
JSValue engine_class(JSContext *ctx, JSValueConst v);   // the name of its inner class
JSValue engine_proxy(JSContext *ctx, JSValueConst v);   // [target, handler]
JSValue engine_entries(JSContext *ctx, JSValueConst v); // what a map or set iterator still has
JSValue engine_require(JSContext *ctx, const char *name); // a module's namespace, at once
JSValue engine_run_module(JSContext *ctx, const char *text, size_t len, const char *name);
void engine_hook_modules(JSContext *ctx, JSValueConst resolve, JSValueConst load, JSValueConst exports, JSValueConst meta);
enum { WRAP_COLUMNS = 78 }; // columns that the kernel puts before the first line of a function

// files.c: files, as the kernel's fs wants them.
ssize_t write_all(int fd, const void *text, size_t n); // to any descriptor; -1 with an errno
extern const JSCFunctionListEntry files_functions[];
extern const int files_functions_count;

// host.c: everything else that the kernel asks of us.
extern const JSCFunctionListEntry host_functions[];
extern const int host_functions_count;
extern JSValue stopped_at;        // the error of an interrupt that an async function caught
extern int exit_asked, exit_code; // process.exit was called, and with what
void host_reserve(void);          // keep memory for the report of its end
void host_release_reserve(void);

JSValue bytes_value(JSContext *ctx, void *data, size_t n);                        // a Uint8Array; takes data, from malloc
const uint8_t *bytes_of(JSContext *ctx, JSValueConst v, size_t *n); // of a view or buffer; NULL with an exception
#endif
