"""Launcher run as a program of its own: limits itself by rlimits, Landlock and seccomp, then becomes the command."""

import ctypes
import json
import os
import platform
import resource
import signal
import struct
import sys
from typing import TypedDict

# uapi/linux/landlock.h; the three system calls have the same numbers on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_RULE_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_SCOPE_ABSTRACT_SOCKETS, _SCOPE_SIGNALS = 1 << 0, 1 << 1
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 1, 38, 22, 2
# Per machine: its AUDIT_ARCH value and the numbers of socket, socketpair, ptrace and io_uring_setup.
_FORBIDDEN = {
    "x86_64": (0xC000003E, (41, 53, 101, 425)),
    "aarch64": (0xC00000B7, (198, 199, 117, 425)),
}
_EPERM = 1


class Order(TypedDict):
    """What the launcher is asked for: paths that may be read or written, and rlimits by name."""

    reads: list[str]
    writes: list[str]
    limits: dict[str, int]


def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return libc


def _call(number: int, *arguments: object) -> int:
    result: int = _libc().syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"system call {number} refused")
    return result


def abi() -> int:
    """Landlock's ABI version on this kernel; 0 when there is none."""
    try:
        return _call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    except OSError:
        return 0


def _handled(version: int) -> int:
    """Every file-system right this ABI knows: what is not named in a rule is denied."""
    rights = {1: 13, 2: 14, 3: 15, 4: 15}
    return int((1 << rights.get(version, 16)) - 1)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return  # what is absent needs no rule
    try:
        if not os.path.isdir(path):
            rights &= _ON_FILES
        rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, descriptor))
        _call(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_RULE_PATH_BENEATH), rule, ctypes.c_uint32(0))
    finally:
        os.close(descriptor)


def restrict_files(reads: list[str], writes: list[str]) -> None:
    """Deny every path but these to this process and its children; ``OSError`` where Landlock is missing.

    Limit: metadata (stat) of other paths stays visible.
    """
    version = abi()
    if version < 1:
        raise OSError("Landlock is not available")
    handled = _handled(version)
    scoped = _SCOPE_ABSTRACT_SOCKETS | _SCOPE_SIGNALS if version >= 6 else 0
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    attributes = ctypes.create_string_buffer(struct.pack("=QQQ", handled, 0, scoped)[:size], size)
    ruleset = _call(_CREATE_RULESET, attributes, ctypes.c_size_t(size), ctypes.c_uint32(0))
    for path in reads:
        _allow(ruleset, path, _READ & handled)
    for path in writes:
        _allow(ruleset, path, handled & ~_EXECUTE)
    _set(_PR_SET_NO_NEW_PRIVS, 1)
    _call(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    os.close(ruleset)


def _set(option: int, value: int, pointer: object = None) -> None:
    if _libc().prctl(option, ctypes.c_ulong(value), pointer, ctypes.c_ulong(0), ctypes.c_ulong(0)) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option} refused")


def forbid_sockets() -> None:
    """Deny new sockets, io_uring and ptrace by seccomp: no network whatever Landlock's version (BPF, seccomp(2)).

    ``OSError`` on a machine whose numbers are not listed here, since an unfiltered network is not a sandbox.
    """
    machine = platform.machine()
    if machine not in _FORBIDDEN:
        raise OSError(f"no seccomp filter for {machine}")
    architecture, numbers = _FORBIDDEN[machine]
    deny, allow = 0x00050000 | _EPERM, 0x7FFF0000
    program = [
        (0x20, 0, 0, 4),  # load the architecture
        (0x15, 1, 0, architecture),
        (0x06, 0, 0, 0x80000000),  # another architecture's numbers mean other calls: end the process
        (0x20, 0, 0, 0),  # load the number
        (0x35, len(numbers) + 1, 0, 0x40000000),  # x32 numbers: denied
        *((0x15, len(numbers) - at, 0, number) for at, number in enumerate(numbers)),
        (0x06, 0, 0, allow),
        (0x06, 0, 0, deny),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in program))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(code)))
    _set(_PR_SET_NO_NEW_PRIVS, 1)
    _set(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header)


def _limit(limits: dict[str, int]) -> None:
    for name, value in limits.items():
        which = getattr(resource, f"RLIMIT_{name.upper()}")
        hard = resource.getrlimit(which)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (value, value))


def main() -> None:
    """``landlock.py ORDER COMMAND…`` where ORDER is JSON; never returns."""
    order: Order = json.loads(sys.argv[1])
    _set(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
    restrict_files(order["reads"], order["writes"])
    forbid_sockets()
    _limit(order["limits"])
    os.execv(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
