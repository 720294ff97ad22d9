"""May this process make network namespaces, and if not, what would have to change.

Root with CAP_SYS_ADMIN and CAP_NET_ADMIN may. Anybody else may inside a user namespace of their own, which is
the normal way: nothing outside the lab can then be touched. Containers and some distributions forbid both.
"""

import ctypes
import errno as errno_codes
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from ringfence.lab.unavailable import LabUnavailable

_T = TypeVar("_T")

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000

_CAP_NET_ADMIN = 12
_CAP_SYS_ADMIN = 21
_REMEDY = (
    "run it with sudo; or allow user namespaces (sysctl kernel.apparmor_restrict_unprivileged_userns=0, "
    "user.max_user_namespaces above 0); or give the container "
    "--cap-add SYS_ADMIN --cap-add NET_ADMIN --security-opt seccomp=unconfined"
)


@dataclass(frozen=True, slots=True)
class Privilege:
    """How namespaces are made here: as root, or inside a user namespace of this process."""

    kind: Literal["root", "user-namespace"]


_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, call: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{call}: {os.strerror(code)}")


def unshare(flags: int) -> None:
    """unshare(2) for the calling thread. Raises OSError."""
    # os.unshare exists from Python 3.12.
    if hasattr(os, "unshare"):
        os.unshare(flags)
    else:
        _checked(_libc.unshare(flags), "unshare")


def setns(fd: int, flags: int) -> None:
    """setns(2) for the calling thread. Raises OSError."""
    if hasattr(os, "setns"):
        os.setns(fd, flags)
    else:
        _checked(_libc.setns(fd, flags), "setns")


def in_thread(job: Callable[[], _T]) -> _T:
    """Run `job` in a thread that ends with it: a namespace it enters never reaches any other code.

    Returns or raises what the job does.
    """
    outcome: list[_T] = []
    failure: list[BaseException] = []

    def body() -> None:
        try:
            outcome.append(job())
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=body, name="namespace")
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]


def acquire() -> Privilege:
    """Make sure this process can create network namespaces, entering a user namespace if that is needed.

    Call it once at the start, before any thread exists; calling it again is harmless. The process keeps its
    own network. Raises LabUnavailable.
    """
    refusal: OSError | None = None
    if _has_capabilities():
        try:
            in_thread(lambda: unshare(CLONE_NEWNET))
        except OSError as error:
            refusal = error
        else:
            return Privilege("root" if _is_initial_user_namespace() else "user-namespace")
    _enter_user_namespace(refusal)
    try:
        in_thread(lambda: unshare(CLONE_NEWNET))
    except OSError as error:
        raise LabUnavailable("unshare(CLONE_NEWNET)", error.errno or 0, _REMEDY) from error
    return Privilege("user-namespace")


def _has_capabilities() -> bool:
    status = Path("/proc/thread-self/status").read_text(encoding="ascii", errors="replace")
    line = next(line for line in status.splitlines() if line.startswith("CapEff:"))
    capabilities = int(line.split()[1], 16)
    return bool(capabilities >> _CAP_NET_ADMIN & 1 and capabilities >> _CAP_SYS_ADMIN & 1)


def _is_initial_user_namespace() -> bool:
    # user_namespaces(7): the initial namespace maps every id onto itself.
    return Path("/proc/self/uid_map").read_text(encoding="ascii").split() == ["0", "0", "4294967295"]


def _enter_user_namespace(refusal: OSError | None) -> None:
    uid, gid = os.geteuid(), os.getegid()
    call = "unshare(CLONE_NEWUSER)"
    try:
        _unshare_user()
        # user_namespaces(7): without "deny" an unprivileged gid_map is refused.
        for file, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
            call = f"write /proc/self/{file}"
            Path(f"/proc/self/{file}").write_text(text, encoding="ascii")
    except OSError as error:
        if error.errno == errno_codes.EINVAL and threading.active_count() > 1:
            remedy = "call privilege.acquire() before the program starts its first thread"
            raise LabUnavailable(call, error.errno, remedy) from error
        if refusal is not None:
            call = f"unshare(CLONE_NEWNET) as root ({refusal.strerror}), then {call}"
        raise LabUnavailable(call, error.errno or 0, _REMEDY) from error


def _unshare_user() -> None:
    # A joined thread leaves the kernel's thread group a moment after join() returns, and until then the
    # kernel refuses: the probe of acquire() makes such a thread.
    for _ in range(1000):
        try:
            unshare(CLONE_NEWUSER)
        except OSError as error:
            if error.errno != errno_codes.EINVAL or threading.active_count() > 1:
                raise
            os.sched_yield()
        else:
            return
    unshare(CLONE_NEWUSER)
