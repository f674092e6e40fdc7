"""What a function cannot do: read other files than it needs, reach other processes, take more than it is given.

Files are kept from it by Landlock, which needs no privilege and holds for root as well. Source: Linux kernel
documentation, "Landlock: unprivileged access control"; manual page getrlimit(2).
"""

from __future__ import annotations

import ctypes
import os
import resource
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence

from vault.rotation.lambdas.child.settings import Settings

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION = 1
_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAPBSET_DROP = 24
_CAPABILITY_VERSION = 0x20080522
_MOST_CAPABILITIES = 64
_EXECUTE, _WRITE, _READ, _READ_DIR, _TRUNCATE, _IOCTL = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
_MAKING = 0b1_1111_1111_0000
"""Removing and making of everything."""
_HANDLED = {1: 13, 2: 14, 3: 15, 4: 15}
"""How many rights on files each version of the interface knows; later ones know 16."""
_SCOPES_SINCE = 6
_SCOPES = 0b11
"""No signal to processes outside, and no abstract socket of theirs."""
_SYSTEM = (
    "/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin", "/opt", "/nix", "/proc", "/dev/urandom", "/dev/random",
    "/dev/zero", "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/resolv.conf", "/etc/hosts", "/etc/host.conf",
    "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services", "/etc/protocols", "/etc/localtime", "/etc/timezone",
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/passwd", "/etc/group", "/etc/mime.types",
    "/etc/alternatives", "/etc/crypto-policies", "/etc/os-release",
)  # fmt: skip
"""What programs read of a system, and holds no secret."""
_MEGABYTE = 1024 * 1024
_MOST_FILE = 512 * _MEGABYTE
"""As large as Lambda's folder for files is."""
_MOST_OPEN = 1024
_MOST_PROCESSES = 1024


def version() -> int:
    """Return which version of Landlock the kernel has, 0 for none."""
    return max(0, _syscall(_CREATE, None, 0, _VERSION))


def limit(settings: Settings) -> None:
    """Bound memory, files and processes of this process and what it starts; each may then lower it further only."""
    memory = settings.memory * _MEGABYTE
    # What a process writes to, without what it maps of libraries: that is what memory is needed for.
    bounds = {
        resource.RLIMIT_DATA: memory,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: _MOST_FILE,
        resource.RLIMIT_NOFILE: _MOST_OPEN,
    }
    if settings.own_user:
        # It counts all processes of a user, so it says nothing where others have the same.
        bounds[resource.RLIMIT_NPROC] = _MOST_PROCESSES
    for which, most in bounds.items():
        resource.setrlimit(which, (most, most))
    os.umask(0o077)


def confine(readable: Sequence[str], writable: Sequence[str]) -> None:
    """Let this process read programs, libraries and `readable`, and write in `writable`, and nothing besides.

    A kernel without Landlock lets it all the same. Raises `OSError` where it has it and does not do as it is told.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _give_up_capabilities()
    known = version()
    if known == 0:
        return
    handled = (1 << _HANDLED.get(known, 16)) - 1
    ruleset = _ruleset(known, handled)
    reading = _EXECUTE | _READ | _READ_DIR
    for place in _present([*_SYSTEM, *_of_python(), *readable]):
        _allow(ruleset, place, reading & handled)
    for place in _present([*writable, os.devnull]):
        _allow(ruleset, place, (reading | _WRITE | _MAKING | _TRUNCATE | _IOCTL) & handled)
    _checked(_syscall(_RESTRICT, ruleset, 0))
    os.close(ruleset)


def _give_up_capabilities() -> None:
    """Be a user like others, also as root. Source: manual page capabilities(7)."""
    libc = ctypes.CDLL(None)
    for capability in range(_MOST_CAPABILITIES):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    header, nothing = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0), (ctypes.c_uint32 * 6)()
    libc.capset(ctypes.byref(header), ctypes.byref(nothing))


def _of_python() -> Iterable[str]:
    return [sys.prefix, sys.base_prefix, sys.exec_prefix, *sys.path]


def _present(places: Iterable[str]) -> Iterator[str]:
    """Yield the places that are there, and where links of them lead."""
    named = [each for each in places if each]
    for place in dict.fromkeys([*named, *map(os.path.realpath, named)]):
        if place != "/" and os.path.exists(place):  # noqa: PTH110 - texts are what is passed on
            yield place


def _ruleset(known: int, handled: int) -> int:
    scoped = _SCOPES if known >= _SCOPES_SINCE else 0
    sizes = 3 if scoped else 1
    attributes = (ctypes.c_uint64 * sizes)(*([handled, 0, scoped] if scoped else [handled]))
    return _checked(_syscall(_CREATE, ctypes.byref(attributes), ctypes.sizeof(attributes), 0))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def _allow(ruleset: int, place: str, rights: int) -> None:
    descriptor = os.open(place, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _EXECUTE | _WRITE | _READ | _TRUNCATE | _IOCTL
        beneath = _Beneath(allowed=rights, parent=descriptor)
        _checked(_syscall(_ADD, ruleset, _PATH_BENEATH, ctypes.byref(beneath), 0))
    finally:
        os.close(descriptor)


def _syscall(number: int, *arguments: object) -> int:
    if sys.platform != "linux":
        return 0
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    result: int = libc.syscall(ctypes.c_long(number), *arguments)
    return result


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), "the function could not be confined")
    return result
