"""Runs one program that nobody trusts, as strictly as the system allows, and says how it ended.

Reads an object of JSON from the standard input: program, token, scratch, seconds, memory, file_bytes, processes, files,
nobody, required (what must be refused).
Writes one line to the standard output: the token and what happened, or without a program what can be refused here.
"""
import ctypes
import json
import os
import signal
import sys
import time

NOBODY = 65534
NEW_MOUNTS, NEW_IPC, NEW_USER, NEW_PROCESSES, NEW_NETWORK = 0x20000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
RECURSIVE_PRIVATE = 0x44000
BIND = 0x1000
SET_PARENT_DEATH_SIGNAL, SET_FILTER_OF_CALLS, DROP_FROM_BOUNDING_SET, SET_NO_NEW_PRIVILEGES = 1, 22, 24, 38
CAPABILITIES = 0x20080522
MOUNT_SETATTR, AT_RECURSIVE, READ_ONLY = 442, 0x8000, 1
NOT_PERMITTED, NOT_KNOWN = 1, 38
NAMESPACES = NEW_MOUNTS | NEW_IPC | NEW_USER | NEW_PROCESSES | NEW_NETWORK | 0x6000000  # and of host names and control groups

# What system calls are numbered by: the kernel's name of the architecture, clone, and calls that would make namespaces and mounts
# anew, or take memory that belongs to no process: mount, unshare, setns, memfd_create, shmget, add_key, keyctl, ptrace.
ARCHITECTURES = {"x86_64": (0xC000003E, 56, (165, 272, 308, 319, 29, 248, 250, 101)),
                 "aarch64": (0xC00000B7, 220, (40, 97, 268, 279, 194, 217, 219, 117))}
NEWER_CALLS = (425, 428, 429, 430, 442, 447)  # the same everywhere: io_uring_setup, open_tree to fsopen, mount_setattr, memfd_secret
CLONE3 = 435  # its flags lie in memory, out of a filter's sight: libraries fall back on clone


class MountAttributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "namespace")]


def system(name, *arguments):
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def enter_namespaces():
    """A network without connections, and processes and mounts of our own; returns what was got."""
    kinds = NEW_MOUNTS | NEW_IPC | NEW_PROCESSES | NEW_NETWORK
    user, group = os.getuid(), os.getgid()
    try:
        if user == 0:
            system("unshare", kinds)
        else:
            system("unshare", kinds | NEW_USER)
            for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
                with open(f"/proc/self/{name}", "w") as file:
                    file.write(text)
        return True
    except (OSError, AttributeError):
        return False


def mount_memory(place, options):
    system("mount", b"tmpfs", place.encode(), b"tmpfs", 0, options.encode())


def hide_files():
    """Of the file system only what Python needs is left in sight: no user's files, no sockets of services, no devices."""
    libraries = {path for name in [sys.prefix, sys.base_prefix, os.path.dirname(sys.executable), *sys.path] if name
                 for path in (os.path.abspath(name), os.path.realpath(name)) if path != "/" and os.path.isdir(path)}
    devices = [f"/dev/{name}" for name in ("null", "zero", "random", "urandom")]
    shown = {"usr", "bin", "sbin", "etc", "nix", "gnu", "proc"}
    hidden = {f"/{name}" for name in os.listdir("/")
              if name not in shown and not name.startswith("lib") and os.path.isdir("/" + name) and not os.path.islink("/" + name)}
    kept = {path: os.open(path, os.O_PATH) for path in [*sorted(libraries), *devices] if "/" + path.split("/")[1] in hidden}
    for folder in hidden:
        mount_memory(folder, "size=1m,mode=755")
    for path, handle in kept.items():
        if path in devices:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
        else:
            os.makedirs(path, exist_ok=True)
        system("mount", f"/proc/self/fd/{handle}".encode(), path.encode(), None, BIND, None)
        os.close(handle)
    try:
        system("mount", b"proc", b"/proc", b"proc", 0, None)  # our own processes only
    except OSError:
        mount_memory("/proc", "size=1m,mode=755")  # inside containers there may be none


def protect_files(scratch, size, owner):
    """Everything is read-only but a scratch folder in memory, and only Python is in sight; returns what of this could be done."""
    done = ["files"]
    try:
        system("mount", b"none", b"/", None, RECURSIVE_PRIVATE, None)
        try:
            hide_files()
            os.makedirs(scratch, exist_ok=True)
            done.append("reading")
        except OSError:
            pass
        everything = MountAttributes(READ_ONLY, 0, 0, 0)
        system("syscall", MOUNT_SETATTR, -100, b"/", AT_RECURSIVE, ctypes.byref(everything), ctypes.sizeof(everything))
        mount_memory(scratch, f"size={size},nr_inodes=4k,mode=700,uid={owner}")
        return done
    except (OSError, AttributeError):
        return []


def give_up_privileges():
    """What a namespace grants its maker would undo all that was refused; returns whether nothing of it is left."""
    try:
        for capability in range(64):
            try:
                system("prctl", DROP_FROM_BOUNDING_SET, capability, 0, 0, 0)
            except OSError:
                break  # beyond the last that the system knows, or nothing to give up
        system("capset", (ctypes.c_uint32 * 2)(CAPABILITIES, 0), (ctypes.c_uint32 * 6)())
        system("prctl", SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        return True
    except (OSError, AttributeError):
        return False


def filter_calls():
    """Refuses the system calls named above, for good; returns whether the system lets it."""
    class Instruction(ctypes.Structure):
        _fields_ = [("code", ctypes.c_uint16), ("then", ctypes.c_uint8), ("otherwise", ctypes.c_uint8), ("value", ctypes.c_uint32)]

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(Instruction))]

    load, equal, at_least, any_of, answer = 0x20, 0x15, 0x35, 0x45, 0x06
    allowed, refused = 0x7FFF0000, 0x50000
    try:
        architecture, clone, calls = ARCHITECTURES[os.uname().machine]
        code = [(load, 0, 0, 4), (equal, 1, 0, architecture), (answer, 0, 0, refused | NOT_PERMITTED),
                (load, 0, 0, 0), (at_least, 0, 1, 0x40000000), (answer, 0, 0, refused | NOT_KNOWN)]
        for call, error in [(CLONE3, NOT_KNOWN), *((call, NOT_PERMITTED) for call in (*calls, *NEWER_CALLS))]:
            code += [(equal, 0, 1, call), (answer, 0, 0, refused | error)]
        code += [(equal, 0, 3, clone), (load, 0, 0, 16), (any_of, 0, 1, NAMESPACES), (answer, 0, 0, refused | NOT_PERMITTED),
                 (answer, 0, 0, allowed)]
        program = Program(len(code), (Instruction * len(code))(*code))
        system("prctl", SET_FILTER_OF_CALLS, 2, ctypes.byref(program), 0, 0)
        return True
    except (OSError, AttributeError, KeyError):
        return False


def limit(task):
    import resource
    for name, value in (("RLIMIT_AS", task["memory"]), ("RLIMIT_FSIZE", task["file_bytes"]), ("RLIMIT_CPU", int(task["seconds"]) + 1),
                        ("RLIMIT_NPROC", task["processes"]), ("RLIMIT_NOFILE", task["files"]), ("RLIMIT_CORE", 0)):
        try:
            resource.setrlimit(getattr(resource, name), (value, value))
        except (AttributeError, ValueError, OSError):
            pass


def restrict(task):
    """In the child: gives up everything that the program does not need. Returns what is refused."""
    refused = task["refused"]
    nobody = os.getuid() == 0 and task["nobody"]
    files = protect_files(task["scratch"], task["file_bytes"], NOBODY if nobody else os.getuid()) if "network" in refused else []
    if nobody and not files:
        os.chown(task["scratch"], NOBODY, NOBODY)
    os.chdir(task["scratch"])
    limit(task)
    if nobody:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    if os.getuid() != 0:
        refused.append("processes")
    if give_up_privileges():
        refused += files
        if filter_calls():
            refused.append("calls")
    return refused


def refuse_tracing(event, _):
    if event == "sys.settrace":  # a tracer can jump over the tests
        raise RuntimeError("programs are not traced")


def attempt(task, process, getpid=os.getpid, leave=os._exit):
    """Does the child's work and says how it ended; a copy that the program made of itself has nothing to say."""
    try:
        refused = restrict(task)
        if task["program"] is None:
            import collections, math, random, re, socket, subprocess  # whether programs can read the library
            return b"refused: " + " ".join(refused).encode()
        missing = set(task["required"]) - set(refused)
        if missing:
            return b"unprotected: " + " ".join(sorted(missing)).encode()
        sys.addaudithook(refuse_tracing)
        exec(compile(task["program"], "program.py", "exec"), {})  # not __main__: the reference check runs it so
        return b"passed" if getpid() == process else leave(0)
    except BaseException as fault:  # whatever the program does is its own affair
        if getpid() != process:
            leave(0)
        try:
            return b"failed: " + f"{type(fault).__name__}: {fault}".encode("utf-8", "replace")[:4000]
        except BaseException:
            return b"failed: an exception without a text"


def run(task, write):
    """The child's whole life; ends the process."""
    # What a program would need to claim that it passed stands in no variable while it runs: the token waits beside the program's own
    # attempt to be joined with how that ended, and so do the functions that are called then.
    os._exit(os.write(write, task.pop("token").encode() + b" " + attempt(task, os.getpid())) * 0)


def memory_of(ancestor, processes):
    """The bytes that a process and all it started hold, files aside; what is gone or cannot be looked at counts nothing."""
    def read(process, file):
        with open(os.open(f"{process}/{file}", os.O_RDONLY, dir_fd=processes), errors="replace") as text:
            return text.read()

    parents, total = {}, 0
    for process in filter(str.isdigit, os.listdir(processes)):
        try:
            parents[int(process)] = int(read(process, "stat").rpartition(")")[2].split()[1])  # the name in brackets may hold anything
        except (OSError, ValueError, IndexError):
            pass
    for process in parents:
        above = process
        while above in parents and above != ancestor:
            above = parents[above]
        if above == ancestor:
            try:
                lines = dict(line.split(":", 1) for line in read(process, "status").splitlines())
                total += sum(int(lines[name].split()[0]) for name in ("RssAnon", "RssShmem")) << 10
            except (OSError, ValueError, KeyError):
                pass
    return total


def main():
    task = json.load(sys.stdin)
    answer = os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.set_inheritable(answer, False)
    try:
        processes = os.open("/proc", os.O_RDONLY)  # before it is hidden
    except OSError:
        processes = None
    task["refused"] = ["network"] if enter_namespaces() else []
    read, write = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(read)
        for handle in (answer, processes):
            if handle is not None:
                os.close(handle)
        os.setsid()
        try:
            system("prctl", SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        except (OSError, AttributeError):
            pass
        run(task, write)
    os.close(write)
    os.set_blocking(read, False)
    said, until = b"", time.monotonic() + task["seconds"]
    ended, greedy, look = False, False, until - task["seconds"] + 0.03
    while not ended and not greedy and time.monotonic() < until:
        ended = os.waitpid(child, os.WNOHANG)[0] == child
        if not ended:
            time.sleep(0.002)
        if processes is not None and time.monotonic() > look:  # the system's own limit is each process's
            greedy = not ended and memory_of(child, processes) > task["memory"]
            look = time.monotonic() + 0.03
    for victim in (lambda: os.killpg(child, signal.SIGKILL), lambda: os.kill(child, signal.SIGKILL)):
        try:
            victim()
        except OSError:
            pass
    if not ended:
        os.waitpid(child, 0)
    try:
        said = os.read(read, 65536)
    except OSError:
        pass
    if greedy:
        said = (task["token"] + " failed: the processes of the program took more memory than is allowed").encode()
    elif not ended:
        said = (task["token"] + " timed out").encode()
    os.write(answer, said or (task["token"] + " failed: the program was stopped, or ended before its end").encode())


main()
