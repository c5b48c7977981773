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
SET_PARENT_DEATH_SIGNAL, DROP_FROM_BOUNDING_SET, SET_NO_NEW_PRIVILEGES = 1, 24, 38
CAPABILITIES = 0x20080522
MOUNT_SETATTR, AT_RECURSIVE, READ_ONLY = 442, 0x8000, 1


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
        mount_memory(scratch, f"size={size},mode=700,uid={owner}")
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
    return refused


def run(task, write):
    """The child's whole life; ends the process."""
    process, end = os.getpid(), "failed: the program ended before its end"
    try:
        refused = restrict(task)
        if task["program"] is None:
            import collections, math, random, re, socket, subprocess  # whether programs can read the library
            end = "refused: " + " ".join(refused)
        elif missing := set(task["required"]) - set(refused):
            end = "unprotected: " + " ".join(sorted(missing))
        else:
            exec(compile(task["program"], "program.py", "exec"), {})  # not __main__: the reference check runs it so
            end = "passed"
    except BaseException as fault:  # whatever the program does is its own affair
        try:
            end = f"failed: {type(fault).__name__}: {fault}"
        except BaseException:
            end = "failed: an exception without a text"
    if os.getpid() != process:
        os._exit(0)  # a copy that the program made of itself has nothing to say
    os.write(write, (task["token"] + " " + end).encode("utf-8", "replace")[:4000])
    os._exit(0)


def memory_of(ancestor, processes):
    """The bytes that a process and all it started hold for themselves; what is gone or cannot be looked at counts nothing."""
    def fields(process, file):
        with open(os.open(f"{process}/{file}", os.O_RDONLY, dir_fd=processes), errors="replace") as text:
            return text.read().rpartition(")")[2].split()  # stat has the name in brackets

    parents, total = {}, 0
    for process in filter(str.isdigit, os.listdir(processes)):
        try:
            parents[int(process)] = int(fields(process, "stat")[1])
        except (OSError, ValueError, IndexError):
            pass
    for process in parents:
        above = process
        while above in parents and above != ancestor:
            above = parents[above]
        if above == ancestor:
            try:
                _, resident, shared = fields(process, "statm")[:3]
                total += (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")
            except (OSError, ValueError):
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
