"""Attacks on a sandbox: each reaches for something, and none does harm where
it works. attack_test.go runs them inside, where all must fail, and outside,
where each must work once, or it would be no attack.

An attack fails by an exception, and by returning nothing. It runs in a process
of its own.
"""

import ctypes
import errno
import fcntl
import json
import mmap
import os
import resource
import signal
import socket
import struct
import sys

ARENA = json.loads(sys.argv[1])  # what there is to reach, outside
FIRST = ARENA["first"]  # the process that nobody may touch
libc = ctypes.CDLL(None, use_errno=True)
attacks = {}


def attack(f):
    attacks[f.__name__.replace("_", " ")] = f
    return f


def call(number, *args):
    """Make a system call."""
    libc.syscall.restype = ctypes.c_long
    r = libc.syscall(number, *[ctypes.c_long(a) if isinstance(a, int) else a for a in args])
    if r < 0:
        e = ctypes.get_errno()
        raise OSError(e, os.strerror(e))
    return r


def plain(name, number, *args):
    """An attack that is one system call."""
    attacks[name] = lambda: call(number, *args) or True


def opens(*paths, flags=os.O_RDONLY):
    """Open any of the files. Nothing is written to them."""
    for path in paths:
        try:
            return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC), path
        except OSError as e:
            if e.errno == errno.ETXTBSY:  # all that stands between is that it runs
                return path


def tells(*paths):
    """Read anything at all from any of the files."""
    for path in paths:
        try:
            with open(path, "rb") as f:
                if f.read(64):
                    return path
        except OSError:
            pass


def pids():
    return [pid for pid in os.listdir("/proc") if pid.isdigit()]


# Files of the host.


@attack
def a_file_by_its_path():
    return open(ARENA["secret"]).read()


@attack
def a_file_by_the_root_of_a_process():
    return tells(*[f"/proc/{pid}/root{ARENA['secret']}" for pid in pids()])


@attack
def a_file_by_the_folder_of_a_process():
    up = "/.." * 20
    return tells(*[f"/proc/{pid}/cwd{up}{ARENA['secret']}" for pid in pids()])


@attack
def a_file_by_the_descriptors_of_a_process():
    for pid in pids():
        try:
            for fd in os.listdir(f"/proc/{pid}/fd"):
                if os.readlink(f"/proc/{pid}/fd/{fd}") == ARENA["secret"]:
                    return pid
        except OSError:
            pass


@attack
def an_inherited_descriptor():
    for fd in range(3, 1024):
        try:
            if os.pread(fd, 64, 0).decode() == ARENA["content"]:
                return fd
        except (OSError, UnicodeDecodeError):
            pass


@attack
def a_file_by_its_handle():
    handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0), 136)
    mount = ctypes.c_int()
    # name_to_handle_at, open_by_handle_at
    call(303, -100, b"/", handle, ctypes.byref(mount), 0)
    return call(304, os.open("/", os.O_RDONLY), handle, os.O_RDONLY) or True


@attack
def a_file_above_the_root():
    return tells("/.." * 20 + ARENA["secret"])


@attack
def the_first_process():
    return tells(*[f"/proc/{FIRST}/{name}" for name in ("environ", "auxv", "maps", "stack", "syscall", "io")])


@attack
def the_memory_of_the_first_process():
    return opens(f"/proc/{FIRST}/mem")


@attack
def the_descriptors_of_the_first_process():
    return os.listdir(f"/proc/{FIRST}/fd")


@attack
def the_namespaces_of_the_first_process():
    return opens(*[f"/proc/{FIRST}/ns/{kind}" for kind in ("mnt", "user", "pid", "net", "ipc", "uts", "cgroup", "time")])


# What others run.


@attack
def the_interpreter():
    return opens("/proc/self/exe", os.path.realpath("/proc/self/exe"), flags=os.O_RDWR)


@attack
def a_library_that_others_run():
    with open("/proc/self/maps") as f:
        libraries = {line.split()[-1] for line in f if ".so" in line}
    return opens(*libraries, flags=os.O_RDWR)


@attack
def a_shared_page_of_a_library():
    with open("/proc/self/maps") as f:
        library = next(line.split()[-1] for line in f if "libc" in line)
    f = open(library, "r+b")
    return mmap.mmap(f.fileno(), 4096, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)


@attack
def its_own_agent():
    return opens("/run/caisson/agent/main.py", "/run/caisson/stdin", "/etc/passwd", flags=os.O_WRONLY)


@attack
def a_file_in_the_root():
    path = "/caisson-attack"
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
    os.remove(path)
    return path


# Settings of the kernel.


@attack
def where_cores_go():
    return opens("/proc/sys/kernel/core_pattern", flags=os.O_WRONLY)


@attack
def settings():
    wanted = ("kernel/hostname", "kernel/modprobe", "vm/drop_caches", "vm/overcommit_memory", "net/ipv4/ip_forward", "user/max_user_namespaces", "fs/binfmt_misc/register")
    return opens(*["/proc/sys/" + name for name in wanted], flags=os.O_WRONLY)


@attack
def the_magic_key():
    return opens("/proc/sysrq-trigger", flags=os.O_WRONLY)


@attack
def who_is_killed_first():
    return opens("/proc/self/oom_score_adj", flags=os.O_WRONLY)


@attack
def users_of_a_namespace():
    return opens("/proc/self/uid_map", "/proc/self/gid_map", "/proc/self/setgroups", flags=os.O_WRONLY)


@attack
def control_groups():
    found = []
    for folder, _, names in os.walk("/sys/fs/cgroup"):
        found += [os.path.join(folder, n) for n in names if n in ("cgroup.procs", "tasks", "release_agent", "memory.max", "memory.limit_in_bytes")]
    return opens(*found, flags=os.O_WRONLY)


@attack
def the_folder_of_the_system():
    return os.listdir("/sys")


@attack
def what_the_kernel_tells():
    wanted = ("cmdline", "kallsyms", "kcore", "modules", "iomem", "interrupts", "config.gz", "timer_list", "partitions",
              "diskstats", "slabinfo", "keys", "key-users", "pagetypeinfo", "zoneinfo", "sched_debug", "pressure/cpu", "bus/pci/devices")
    return tells(*["/proc/" + name for name in wanted])


@attack
def which_boot_this_is():
    with open("/proc/sys/kernel/random/boot_id") as f:
        return f.read() == ARENA["boot"]


@attack
def the_name_of_the_host():
    return socket.gethostname() == ARENA["host"]


@attack
def the_environment_of_the_host():
    with open("/proc/self/environ") as f:
        return ARENA["content"] in f.read() + repr(os.environ)


@attack
def the_path_of_a_control_group():
    with open("/proc/self/cgroup") as f:
        return any(not line.strip().endswith(":/") for line in f)


plain("the log of the kernel", 103, 3, ctypes.create_string_buffer(64), 64)  # SYSLOG_ACTION_READ_ALL


# Devices.


@attack
def a_device_of_its_own():
    path = "attack-device"
    os.mknod(path, 0o600 | 0o020000, os.makedev(1, 1))  # /dev/mem
    os.remove(path)
    return path


@attack
def a_disk_of_its_own():
    path = "attack-disk"
    os.mknod(path, 0o600 | 0o060000, os.makedev(8, 0))
    os.remove(path)
    return path


@attack
def a_device_that_is_there():
    few = {"null", "zero", "full", "random", "urandom", "fd", "stdin", "stdout", "stderr", "ptmx", "pts", "shm"}
    return opens(*["/dev/" + name for name in os.listdir("/dev") if name not in few])


# Namespaces and mounts.

os.makedirs("attack-root", exist_ok=True)
for kind, flag in {"mounts": 0x20000, "users": 0x10000000, "processes": 0x20000000, "networks": 0x40000000,
                   "IPC": 0x8000000, "host names": 0x4000000, "control groups": 0x2000000, "times": 0x80}.items():
    plain("a namespace of " + kind, 272, flag)
    if flag != 0x80:
        attacks["a process in a namespace of " + kind] = lambda flag=flag: call(56, flag | signal.SIGCHLD, 0, 0, 0, 0) or os._exit(0)
plain("a mount", 165, b"attack", b"attack-root", b"tmpfs", 0, 0)
plain("a mount of what is elsewhere", 165, b"/proc", b"attack-root", 0, 0x5000, 0)
plain("a mount to be written", 165, b"", b"/", b"", 0x1020, 0)  # MS_REMOUNT | MS_BIND
plain("a mount of control groups", 165, b"attack", b"attack-root", b"cgroup2", 0, 0)
plain("a mount of old control groups", 165, b"attack", b"attack-root", b"cgroup", 0, b"pids")
plain("a mount by the new calls", 430, b"tmpfs", 0)
plain("a copy of a mount", 428, -100, b"/", 1)
plain("a root of its own", 161, b"attack-root")


plain("what is below a mount", 166, b"/proc", 2)  # MNT_DETACH


@attack
def another_root():
    call(165, b"attack", b"attack-root", b"tmpfs", 0, 0)
    os.chdir("attack-root")
    return call(155, b".", b".") or True


@attack
def the_namespace_of_another():
    return call(308, os.open("/proc/self/ns/uts", os.O_RDONLY), 0) or True


plain("another name of the host", 170, b"attack", 6)


# Sockets.


@attack
def a_socket_by_its_path():
    return socket.socket(socket.AF_UNIX).connect(ARENA["socket"]) or True


@attack
def a_socket_by_its_name():
    return socket.socket(socket.AF_UNIX).connect("\0" + ARENA["abstract"]) or True


@attack
def a_port_of_the_host():
    return socket.create_connection(("127.0.0.1", ARENA["port"]), 1)


families = {"AX25": 3, "IPX": 4, "APPLETALK": 5, "X25": 9, "NETLINK": 16, "PACKET": 17, "RDS": 21, "LLC": 26, "CAN": 29,
            "TIPC": 30, "BLUETOOTH": 31, "RXRPC": 33, "PHONET": 35, "IEEE802154": 36, "CAIF": 37, "ALG": 38, "NFC": 39,
            "VSOCK": 40, "KCM": 41, "QIPCRTR": 42, "SMC": 43, "XDP": 44, "MCTP": 45}
for name, number in families.items():
    def create(number=number):
        for kind in (1, 2, 3, 4, 5):
            for protocol in (0, 1, 2, 768):
                try:
                    return socket.socket(number, kind, protocol)
                except OSError:
                    pass
    attacks["a socket of family " + name] = create
attacks["a raw socket"] = lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)
attacks["a socket of MPTCP"] = lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
attacks["a socket of SCTP"] = lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132)


# Other processes.


@attack
def a_process_outside():
    os.kill(ARENA["pid"], 0)
    return True


@attack
def the_limits_of_the_first_process():
    return resource.prlimit(FIRST, resource.RLIMIT_NOFILE)


@attack
def a_trace_of_the_parent():
    call(101, 0x4206, os.getppid(), 0, 0)  # PTRACE_SEIZE, which does not stop it
    return True


@attack
def a_trace_of_the_first_process():
    call(101, 0x4206, FIRST, 0, 0)
    return True


@attack
def the_memory_of_the_parent():
    word = ctypes.create_string_buffer(8)
    v = struct.pack("QQ", ctypes.addressof(word), 8)
    return call(310, os.getppid(), v, 1, v, 1, 0)


@attack
def the_memory_of_the_parent_to_write():
    return opens(f"/proc/{os.getppid()}/mem", flags=os.O_RDWR)


@attack
def a_descriptor_of_the_parent():
    return call(438, os.pidfd_open(os.getppid()), 1, 0)


@attack
def a_signal_to_the_first_process():
    os.kill(FIRST, signal.SIGCONT)
    return True


# Rights.


@attack
def capabilities():
    with open("/proc/self/status") as f:
        return [line for line in f if line.startswith("Cap") and int(line.split()[1], 16)]


@attack
def programs_that_gain_rights():
    with open("/proc/self/status") as f:
        return "NoNewPrivs:\t0" in f.read()


attacks["another user"] = lambda: os.setuid(0) or True
attacks["other groups"] = lambda: os.setgroups([4]) or True
attacks["a better rank"] = lambda: os.nice(-5) or True
attacks["real time"] = lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)) or True
attacks["a higher limit"] = lambda: resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, 1 << 30)) or True
attacks["locked memory"] = lambda: libc.mlockall(3) == 0


# Parts of the kernel.

plain("keys of the session", 250, 0, -3, 1)
plain("a new key", 248, b"user", b"attack", b"x", 1, -2)
plain("a program for the kernel", 321, 0, struct.pack("5I", 2, 4, 8, 1, 0) + bytes(64), 84)
plain("rings", 425, 1, ctypes.create_string_buffer(120))
plain("faults of its own", 323, 1)
plain("counters", 298, struct.pack("IIQ", 1, 112, 0) + bytes(96), 0, -1, -1, 0)
plain("watches of all files", 300, 0, 0)
plain("pages for a pipe", 278, os.pipe()[1], struct.pack("QQ", 0, 0), 0, 0)
plain("the clock, to read how it is set", 305, 0, ctypes.create_string_buffer(256))
plain("the clock", 164, 0, 0)
plain("fixed addresses", 135, 0x40000)
plain("a filter of its own", 317, 2, 0, struct.pack("I", 0x7FC00000))


def terminal():
    return os.openpty()[1]


attacks["typing for another"] = lambda: fcntl.ioctl(terminal(), 0x5412, b"x") is not None
attacks["a line discipline"] = lambda: fcntl.ioctl(terminal(), 0x5423, struct.pack("i", 0)) is not None


def machine(code):
    """Run machine code that returns a number."""
    m = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    m.write(code)
    return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))()


@attack
def a_system_call_of_32_bits():
    return machine(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3") == os.getpid()  # getpid by int 0x80


plain("a system call of x32", 0x40000000 | 39)


def attempt(f):
    """Run an attack in a process of its own and say how it went: "won" and what,
    or why not."""
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(5)
        if ARENA["apart"]:
            call(272, 0x4020000)  # mounts and host name: outside, attacks work
        try:
            got = f()
            said = f"won {got!r}" if got else "nothing"
        except BaseException as e:
            said = f"{type(e).__name__} {e}"
        os.write(w, said.encode()[:200])
        os._exit(0)
    os.close(w)
    said = os.read(r, 200).decode()
    os.close(r)
    _, status = os.waitpid(pid, 0)
    return said or f"ended by {status}"


sys.stdout.flush()
print(json.dumps({name: attempt(f) for name, f in attacks.items()}))
os.rmdir("attack-root")
