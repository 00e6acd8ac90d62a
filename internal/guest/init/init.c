// init is the first process of a container. It has no policy of its own: it
// runs plans (see Plan in package sys) that the host sends, itself or in
// children that become programs, and tells how those ended.
//
// Descriptor 3 is a socket of packets to the host, which it trusts. Nobody
// else has that socket: init cannot be traced, and its children keep only
// descriptors that their plan gave them. When the host is gone init ends, and
// the kernel ends everything in the container with it.
//
// The same program, outside of any container, launches containers: each is a
// copy of it in new namespaces, with a socket of its own.
//
// From the host: u8 op, three zeros, u32 flags, a plan or nothing; descriptors.
//	1 run     init runs the plan.
//	2 spawn   a child runs the plan, whose last step is execve.
//	3 launch  a copy begins in new namespaces, which flags name and which belong
//	          to the user whose u32 number follows; to who launches if none does.
//	          Its socket is the first descriptor; its cgroup is the second, if
//	          there is one.
// To the host: i32 op, step, errno, pid.
//	1, 2, 3   the answer. step is -1 when all is done, -2 when it did not begin,
//	          and else the step that failed with errno. A process that was made
//	          comes with its pid, as it is here, and a descriptor of it.
//	4         a child ended: step is its wait status.
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef int32_t i32;
typedef uint64_t u64;

enum { RUN = 1, SPAWN, LAUNCH, ENDED };
enum { HOST = 3, MESSAGE = 128 << 10, FILES = 28, REGISTERS = 32, CHILDREN = 64, STACK = 16 << 10 };
enum { STEPS = 1024, FIXUPS = 4096 };
enum { DONE = -1, NOT_BEGUN = -2 };
enum { ENOEXEC = 8, EAGAIN = 11, EINVAL = 22, EMSGSIZE = 90 };
static const u32 magic = 0x31505343;

// What the kernel is called with, from its headers.
enum { SIGCHLD = 17, SIGNALS = 64, SIG_SETMASK = 2, WNOHANG = 1, POLLIN = 1 };
enum { F_SETFD = 2, FD_CLOEXEC = 1, CLOEXEC = 02000000, PR_SET_DUMPABLE = 4, PR_SET_SECUREBITS = 28, NO_SETUID_FIXUP = 4 };
enum { CLONE_VM = 0x100, CLONE_PIDFD = 0x1000, CLONE_VFORK = 0x4000 };
static const u64 CLONE_INTO_CGROUP = 1ull << 33;
enum { SOL_SOCKET = 1, SCM_RIGHTS = 1, MSG_CTRUNC = 8, MSG_TRUNC = 0x20, MSG_NOSIGNAL = 0x4000, MSG_CMSG_CLOEXEC = 0x40000000 };

struct span { void *base; size_t size; };
struct packet { void *name; u32 name_size, pad; struct span *spans; size_t count; void *control; size_t control_size; u32 flags; };
struct rights { size_t size; i32 level, kind; i32 fd[FILES]; };
struct clone { u64 flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup; };
struct pollfd { i32 fd; int16_t events, revents; };

#if defined(__x86_64__)
enum {
	CALL_read = 0, CALL_close = 3, CALL_rt_sigaction = 13, CALL_rt_sigprocmask = 14, CALL_sendmsg = 46,
	CALL_recvmsg = 47, CALL_clone = 56, CALL_wait4 = 61, CALL_fcntl = 72, CALL_setresuid = 117, CALL_prctl = 157,
	CALL_exit_group = 231, CALL_ppoll = 271, CALL_signalfd4 = 289, CALL_dup3 = 292, CALL_clone3 = 435, CALL_close_range = 436,
};

static long call6(long n, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
	register u64 r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
	__asm__ volatile("syscall" : "+a"(n) : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
	return n;
}

// The child goes on in child, on its own stack, while the parent waits.
static long fork_child(u64 flags, void *stack, int *pidfd)
{
	long n = CALL_clone;
	register u64 r10 __asm__("r10") = 0, r8 __asm__("r8") = 0;
	__asm__ volatile("syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\txor %%ebp, %%ebp\n\tcall child\n\tud2\n1:"
		: "+a"(n) : "D"(flags), "S"(stack), "d"(pidfd), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
	return n;
}

__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tand $-16, %rsp\n\tcall serve\n\tud2");
#elif defined(__aarch64__)
enum {
	CALL_read = 63, CALL_close = 57, CALL_rt_sigaction = 134, CALL_rt_sigprocmask = 135, CALL_sendmsg = 211,
	CALL_recvmsg = 212, CALL_clone = 220, CALL_wait4 = 260, CALL_fcntl = 25, CALL_setresuid = 147, CALL_prctl = 167,
	CALL_exit_group = 94, CALL_ppoll = 73, CALL_signalfd4 = 74, CALL_dup3 = 24, CALL_clone3 = 435, CALL_close_range = 436,
};

static long call6(long n, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
	register u64 x8 __asm__("x8") = (u64)n, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
	register u64 x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;
	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return (long)x0;
}

static long fork_child(u64 flags, void *stack, int *pidfd)
{
	register u64 x8 __asm__("x8") = CALL_clone, x0 __asm__("x0") = flags, x1 __asm__("x1") = (u64)stack;
	register u64 x2 __asm__("x2") = (u64)pidfd, x3 __asm__("x3") = 0, x4 __asm__("x4") = 0;
	__asm__ volatile("svc #0\n\tcbnz x0, 1f\n\tmov x29, #0\n\tbl child\n\tbrk #1\n1:"
		: "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
	return (long)x0;
}

__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tbl serve\n\tbrk #1");
#else
#error "init runs on amd64 and arm64"
#endif

#define call(name, a, b, c, d) call6(CALL_##name, (u64)(a), (u64)(b), (u64)(c), (u64)(d), 0, 0)

// The compiler calls these by itself.
void *memset(void *to, int byte, size_t n)
{
	u8 *p = to;
	while (n--) {
		*p++ = (u8)byte;
		__asm__ volatile("" : : : "memory"); // or it becomes a call of itself
	}
	return to;
}

static _Noreturn void end(int code)
{
	for (;;) call(exit_group, code, 0, 0, 0);
}

struct step { u32 call, flags; u64 arg[6]; };

// A job is the plan of the message that is served now, and how it goes.
static struct {
	struct step *steps;
	u32 count;
	u64 blob;
	u64 reg[REGISTERS];
	i32 step, error;
} job;

static u8 message[MESSAGE] __attribute__((aligned(16)));
static u8 stack[STACK] __attribute__((aligned(16)));
static i32 children[CHILDREN]; // 0: free

// parse takes a plan apart, and turns offsets into addresses where that is not
// left to each step. All that the plan says of itself is checked here.
static int parse(u8 *plan, u64 size)
{
	u32 *head = (u32 *)plan;
	if (size < 16 || head[0] != magic || head[1] > STEPS || head[2] > FIXUPS || head[3] > MESSAGE) return -EINVAL;
	struct step *s = (struct step *)(plan + 16);
	u32 *fixup = (u32 *)(s + head[1]);
	u64 before = ((u64)(fixup + head[2]) - (u64)plan + 7) & ~7ul, room = head[3];
	if (before + room != size) return -EINVAL;
	job.steps = s, job.count = head[1], job.blob = (u64)plan + before;
	for (u32 i = 0; i < job.count; i++) {
		if ((s[i].flags >> 16 & 63) > REGISTERS) return -EINVAL;
		for (int a = 0; a < 6; a++) {
			if (s[i].flags >> a & 1 && s[i].arg[a] > room) return -EINVAL;
			if (s[i].flags >> (8 + a) & 1 && s[i].arg[a] >= REGISTERS) return -EINVAL;
		}
	}
	for (u32 i = 0; i < head[2]; i++) {
		if (fixup[i] % 8 || room < 8 || fixup[i] > room - 8) return -EINVAL;
		u64 *word = (u64 *)(job.blob + fixup[i]);
		if (*word > room) return -EINVAL;
		*word += job.blob;
	}
	return 0;
}

// run makes the calls of the job, up to the first that fails.
static void run(void)
{
	for (u32 i = 0; i < job.count; i++) {
		struct step *s = &job.steps[i];
		u64 arg[6];
		for (int a = 0; a < 6; a++) {
			arg[a] = s->arg[a];
			if (s->flags >> a & 1) arg[a] += job.blob;
			else if (s->flags >> (8 + a) & 1) arg[a] = job.reg[s->arg[a]];
		}
		long r = call6(s->call, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
		if (r < 0 && r > -4096) {
			if ((u32)-r != s->flags >> 24) {
				job.step = (i32)i, job.error = (i32)-r;
				return;
			}
			r = -1;
		}
		if (s->flags >> 16 & 63) job.reg[(s->flags >> 16 & 63) - 1] = (u64)r;
	}
}

// child is where a new process begins. It shares init's memory until it has
// become a program, and init waits until then.
_Noreturn __attribute__((used)) void child(void)
{
	u64 none = 0;
	call(rt_sigprocmask, SIG_SETMASK, &none, 0, sizeof none);
	run();
	// A plan that is over without a program is a plan that failed.
	if (job.step == DONE) job.step = (i32)job.count, job.error = ENOEXEC;
	end(127);
}

// tell sends the host four numbers, and a descriptor unless it is negative.
static void tell(i32 op, i32 step, i32 error, i32 pid, int fd)
{
	i32 text[4] = {op, step, error, pid};
	struct span span = {text, sizeof text};
	struct rights rights = {16 + sizeof(i32), SOL_SOCKET, SCM_RIGHTS, {fd}};
	struct packet p = {0, 0, 0, &span, 1, fd < 0 ? 0 : (void *)&rights, fd < 0 ? 0 : 24, 0};
	if (call(sendmsg, HOST, &p, MSG_NOSIGNAL, 0) < 0) end(1);
}

static void spawn(void)
{
	int slot = 0, pidfd = -1;
	while (slot < CHILDREN && children[slot]) slot++;
	if (slot == CHILDREN) {
		tell(SPAWN, NOT_BEGUN, EAGAIN, 0, -1);
		return;
	}
	long pid = fork_child(CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, stack + STACK, &pidfd);
	if (pid < 0) {
		tell(SPAWN, NOT_BEGUN, (i32)-pid, 0, -1);
		return;
	}
	if (job.step == DONE) {
		children[slot] = (i32)pid;
		tell(SPAWN, DONE, 0, (i32)pid, pidfd);
	} else {
		call(wait4, pid, 0, 0, 0);
		tell(SPAWN, job.step, job.error, 0, -1);
	}
	call(close, pidfd, 0, 0, 0);
}

_Noreturn void serve(void);

// own makes the namespaces that begin next those of a user. Our rights stay.
static long own(u32 user)
{
	long r = call(prctl, PR_SET_SECUREBITS, NO_SETUID_FIXUP, 0, 0);
	return r < 0 ? r : call(setresuid, -1, user, -1, 0);
}

static void launch(u32 namespaces, const u32 *owner, const i32 *fd, u32 files)
{
	int pidfd = -1;
	long refused = owner ? own(*owner) : 0;
	if (refused < 0) {
		tell(LAUNCH, NOT_BEGUN, (i32)-refused, 0, -1);
		return;
	}
	struct clone how = {.flags = namespaces | CLONE_PIDFD, .pidfd = (u64)&pidfd, .exit_signal = SIGCHLD};
	if (files == 2) how.flags |= CLONE_INTO_CGROUP, how.cgroup = (u64)fd[1];
	long pid = files == 1 || files == 2 ? call(clone3, &how, sizeof how, 0, 0) : -EINVAL;
	if (pid == 0) {
		if (call(dup3, fd[0], HOST, CLOEXEC, 0) != HOST) end(1);
		serve();
	}
	if (owner && own(0) < 0) end(1);
	if (pid < 0) { // pidfd may hold a number all the same
		tell(LAUNCH, NOT_BEGUN, (i32)-pid, 0, -1);
		return;
	}
	tell(LAUNCH, DONE, 0, (i32)pid, pidfd);
	call(close, pidfd, 0, 0, 0);
}

// reap waits for all that ended. What nobody spawned is an orphan.
static void reap(void)
{
	int status;
	for (long pid; (pid = call(wait4, -1, &status, WNOHANG, 0)) > 0;)
		for (int i = 0; i < CHILDREN; i++)
			if (children[i] == pid) {
				children[i] = 0;
				tell(ENDED, status, 0, (i32)pid, -1);
				break;
			}
}

// receive serves one message.
static void receive(void)
{
	struct rights rights = {0, 0, 0, {0}};
	struct span span = {message, sizeof message};
	struct packet p = {0, 0, 0, &span, 1, &rights, sizeof rights, 0};
	long n = call(recvmsg, HOST, &p, MSG_CMSG_CLOEXEC, 0);
	if (n <= 0) end(0);
	u32 files = 0;
	if (p.control_size >= 16 && rights.size >= 16 && rights.size <= sizeof rights && rights.level == SOL_SOCKET && rights.kind == SCM_RIGHTS)
		files = (u32)(rights.size - 16) / sizeof(i32);
	for (u32 i = 0; i < REGISTERS; i++) job.reg[i] = i < files ? (u64)rights.fd[i] : (u64)-1;
	job.step = DONE, job.error = 0;

	u8 op = message[0];
	int refused = p.flags & (MSG_TRUNC | MSG_CTRUNC) ? -EMSGSIZE : n < 8 ? -EINVAL : 0;
	if (!refused && op != LAUNCH) refused = parse(message + 8, (u64)n - 8);
	if (refused) {
		tell(op, NOT_BEGUN, -refused, 0, -1);
	} else if (op == LAUNCH) {
		launch(*(u32 *)(message + 4), n < 12 ? 0 : (u32 *)(message + 8), rights.fd, files);
	} else {
		// Before the first plan nobody is there who could look, and the host may
		// have to.
		if (call(prctl, PR_SET_DUMPABLE, 0, 0, 0)) end(1);
		if (op == SPAWN) {
			spawn();
		} else {
			run();
			tell(RUN, job.step, job.error, 0, -1);
		}
	}
	for (u32 i = 0; i < files; i++) call(close, rights.fd[i], 0, 0, 0);
}

_Noreturn __attribute__((used)) void serve(void)
{
	u64 all = ~0ul, chld = 1ul << (SIGCHLD - 1), by_default[4] = {0, 0, 0, 0};
	if (call(fcntl, HOST, F_SETFD, FD_CLOEXEC, 0)) end(1);
	call(close_range, HOST + 1, ~0u, 0, 0);
	call(rt_sigprocmask, SIG_SETMASK, &all, 0, sizeof all);
	// Children have the dispositions that init has: whoever started it may have
	// ignored some.
	for (int i = 1; i <= SIGNALS; i++) call(rt_sigaction, i, by_default, 0, sizeof all);
	int signals = (int)call(signalfd4, -1, &chld, sizeof chld, CLOEXEC);
	if (signals < 0) end(1);
	for (;;) {
		struct pollfd wait[2] = {{HOST, POLLIN, 0}, {signals, POLLIN, 0}};
		call(ppoll, wait, 2, 0, 0);
		if (wait[1].revents) {
			u8 what[128];
			call(read, signals, what, sizeof what, 0);
			reap();
		}
		if (wait[0].revents) receive();
	}
}
