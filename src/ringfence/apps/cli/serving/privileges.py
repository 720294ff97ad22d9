"""Root is for opening sockets; what serves phones is an account that owns nothing.

Kept are the two capabilities without which the sockets of a returned interface could not be opened again,
and an answer could not be sent to a client that has no address yet.
"""

import ctypes
import os
import pwd
import struct

from ringfence.lab.unavailable import LabUnavailable
from ringfence.model.errors import InputError
from ringfence.model.findings import Finding
from ringfence.model.findings.network import ROOT_KEPT

# linux/capability.h, linux/prctl.h
CAP_NET_BIND_SERVICE, CAP_NET_RAW = 10, 13
_PR_SET_KEEPCAPS, _PR_SET_NO_NEW_PRIVS = 8, 38
_CAPABILITY_VERSION_3 = 0x20080522

_USUAL = ("ringfence", "nobody")  # the first that this machine has


def account_named(given: str) -> pwd.struct_passwd | None:
    """Whom to become once the sockets are open; None: whoever we are. InputError: nobody has that name."""
    if os.geteuid() != 0:
        own = pwd.getpwuid(os.geteuid()).pw_name if given else ""
        if given and given != own:
            raise InputError(f"only root can run as {given}", where="--run-as", remedy=f"sudo, or {own}")
        return None
    for name in (given,) if given else _USUAL:
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return account if account.pw_uid else None
    if given:
        raise InputError(f"there is no account {given}", where="--run-as", remedy=f"useradd --system {given}")
    return None


def become(account: pwd.struct_passwd, *, raw: bool, required: bool) -> tuple[Finding, ...]:
    """Leave root for good; `raw` keeps CAP_NET_RAW. What cannot be is told, or LabUnavailable if `required`.

    A user namespace that maps nobody else cannot leave its root.
    """
    kept = 1 << CAP_NET_BIND_SERVICE | (1 << CAP_NET_RAW if raw else 0)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int, *4 * [ctypes.c_ulong]]
    try:
        _checked(libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0))
        os.initgroups(account.pw_name, account.pw_gid)
        os.setresgid(account.pw_gid, account.pw_gid, account.pw_gid)
        os.setresuid(account.pw_uid, account.pw_uid, account.pw_uid)
    except OSError as error:
        sentence = f"this process stays root: it cannot become {account.pw_name}: {error.strerror}"
        if required or os.geteuid() != 0 or os.getegid() != 0:
            remedy = "run it outside a user namespace, or with --run-as root"
            raise LabUnavailable(sentence, 0, remedy) from None
        return (Finding(ROOT_KEPT, sentence),)
    _set_capabilities(libc, kept)
    _checked(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    return ()


def _set_capabilities(libc: ctypes.CDLL, kept: int) -> None:
    header = ctypes.create_string_buffer(struct.pack("@Ii", _CAPABILITY_VERSION_3, 0))
    data = ctypes.create_string_buffer(struct.pack("@IIIIII", kept, kept, 0, 0, 0, 0))
    _checked(libc.capset(header, data))


def _checked(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
