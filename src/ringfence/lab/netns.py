"""One anonymous network namespace, and work done inside it.

The main thread never moves. Whatever must be born inside the namespace (a socket, an nft context) is made by
a thread that enters, makes it and ends; it keeps its namespace for life and any thread may use it afterwards.
Anonymous means: no name in /run/netns, nothing to collide with, and the kernel removes it with the last
holder.
"""

import ctypes
import fcntl
import os
import shutil
import socket
import struct
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, TypeVar

from ringfence.lab.netlink import Netlink
from ringfence.lab.privilege import CLONE_NEWNET, in_thread, setns, unshare
from ringfence.lab.rtnetlink import LOOPBACK, link_up
from ringfence.lab.unavailable import LabUnavailable

_T = TypeVar("_T")

_SIOCETHTOOL = 0x8946
_ETHTOOL_OFF = (0x17, 0x24, 0x1F)  # STXCSUM, SGSO, STSO of linux/ethtool.h

# Set before the first interface exists: `default` is only a template for new ones.
_QUIET = {
    # Duplicate address detection and MLD would put frames on every link.
    "net.ipv6.conf.all.disable_ipv6": "1",
    "net.ipv6.conf.default.disable_ipv6": "1",
    # A DHCP client without an address has no route back to its server.
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.default.rp_filter": "0",
    # Rate-limited ICMP errors would make a reject look like a silent drop.
    "net.ipv4.icmp_ratemask": "0",
    # Only mapped groups are allowed in a user namespace, and group 0 is mapped.
    "net.ipv4.ping_group_range": "0 0",
}
# Absent where the kernel has no such module (yet).
_QUIET_WHERE_PRESENT = {
    # A bridge would otherwise ask the forward chain of its own namespace about every frame.
    "net.bridge.bridge-nf-call-iptables": "0",
    "net.bridge.bridge-nf-call-arptables": "0",
}


class Namespace:
    """A network namespace of our own, quiet, with lo up. `name` is for messages only."""

    def __init__(self, name: str) -> None:
        """Raises LabUnavailable when the kernel refuses."""
        self.name = name
        self._children: list[subprocess.Popen[bytes]] = []
        self._fd, self.netlink = in_thread(self._create)

    def _create(self) -> tuple[int, Netlink]:
        try:
            unshare(CLONE_NEWNET)
        except OSError as error:
            raise LabUnavailable(
                "unshare(CLONE_NEWNET)", error.errno or 0, "call privilege.acquire() first"
            ) from error
        _write_sysctls(_QUIET)
        _write_sysctls(
            {name: value for name, value in _QUIET_WHERE_PRESENT.items() if _sysctl_path(name).exists()}
        )
        netlink = Netlink(socket.NETLINK_ROUTE)
        netlink.perform([link_up(LOOPBACK, "lo")])
        # /proc/self would be the thread-group leader's namespace.
        return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC), netlink

    def fileno(self) -> int:
        """The descriptor that keeps the namespace alive."""
        return self._fd

    def run(self, job: Callable[[], _T]) -> _T:
        """Do `job` inside; returns or raises what it does. Sockets it makes stay inside for good."""

        def inside() -> _T:
            setns(self._fd, CLONE_NEWNET)
            return job()

        return in_thread(inside)

    def socket(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        """A non-blocking socket that lives here; bind it, join groups and so on from any thread."""

        def make() -> socket.socket:
            made = socket.socket(family, kind, protocol)
            made.setblocking(False)
            if family == socket.AF_INET and kind == socket.SOCK_STREAM:
                # Two small writes would otherwise wait for a delayed acknowledgement, 40 ms of real time in
                # which an elastic clock jumps. Accepted connections inherit it.
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return made

        return self.run(make)

    def sysctl(self, values: Mapping[str, str]) -> None:
        """Write kernel settings by dotted name. Raises LabUnavailable naming the one refused."""
        self.run(lambda: _write_sysctls(values))

    def offloads_off(self, interfaces: Sequence[str]) -> None:
        """Make the interfaces send finished checksums and single segments, as a cable would carry them."""

        def switch_off() -> None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
                for interface in interfaces:
                    _offloads_off(control, interface)

        self.run(switch_off)

    def popen(
        self,
        arguments: Sequence[str],
        *,
        stdin: int | IO[bytes] | None = subprocess.DEVNULL,
        stdout: int | IO[bytes] | None = None,
        stderr: int | IO[bytes] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a foreign program inside; it is killed when the namespace closes or this process dies.

        Call it from a thread that lives as long as the lab: the kernel's parent-death signal follows the
        thread, not the process. The program must stay in the foreground. Raises LabUnavailable when it cannot
        be started.
        """
        argv = [
            *(_program("setpriv"), "--pdeathsig", "KILL", "--"),
            *(_program("nsenter"), f"--net=/proc/{os.getpid()}/fd/{self._fd}", "--"),
            *(_program(arguments[0]), *arguments[1:]),
        ]
        child = subprocess.Popen(argv, stdin=stdin, stdout=stdout, stderr=stderr, env=environment)
        self._children.append(child)
        return child

    def close(self) -> None:
        """Kill the children and let the namespace go; sockets made here keep it until they close too."""
        for child in self._children:
            child.kill()
            child.wait()
            for stream in (child.stdin, child.stdout, child.stderr):
                if stream is not None:
                    stream.close()
        self._children.clear()
        self.netlink.close()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _sysctl_path(name: str) -> Path:
    return Path("/proc/sys", *name.split("."))


def _write_sysctls(values: Mapping[str, str]) -> None:
    for name, value in values.items():
        try:
            _sysctl_path(name).write_text(value, encoding="ascii")
        except OSError as error:
            raise LabUnavailable(
                f"sysctl {name}={value}", error.errno or 0, "a kernel with this setting"
            ) from error


def _offloads_off(control: socket.socket, interface: str) -> None:
    for command in _ETHTOOL_OFF:
        value = ctypes.create_string_buffer(struct.pack("=II", command, 0), 8)
        request = struct.pack("16sP16x", interface.encode("ascii"), ctypes.addressof(value))
        try:
            fcntl.ioctl(control, _SIOCETHTOOL, request)
        except OSError as error:
            raise LabUnavailable(
                f"ethtool {interface} {command:#x}", error.errno or 0, "a veth interface"
            ) from error


def _program(name: str) -> str:
    # A user's PATH often lacks the directories where Debian keeps nft, ip and the daemons.
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin")
    if path is None:
        raise LabUnavailable(f"start {name}", 0, f"install the program {name}")
    return path
