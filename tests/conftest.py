"""What the machine lacks is skipped with the reason, or fails where RINGFENCE_REQUIRE asks for it."""

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from functools import cache

import pytest

from ringfence.lab.privilege import acquire
from ringfence.lab.unavailable import LabUnavailable

PROGRAMS = (
    "tshark",
    "sox",
    "ffmpeg",
    "curl",
    "dnsmasq",
    "kea-dhcp4",
    "dhcpd",
    "dhcrelay",
    "dhclient",
    "udhcpc",
    "dhcpcd",
    "lldpd",
    "nginx",
    "wget",
    "nft",
    "iptables-restore",
    "groff",
    "chromium",
)
_STATE = pytest.StashKey["tempfile.TemporaryDirectory[str]"]()
SBIN = os.pathsep.join(("/usr/sbin", "/sbin"))


def pytest_configure(config: pytest.Config) -> None:
    """A normal user's namespaces must be had before the first thread, and collecting imports libraries that
    start some."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # Under nohup, or behind & of a script: the programs that the tests interrupt would be deaf as well.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    with suppress(LabUnavailable):
        acquire()
    # A serve of the tests keeps nothing where one of this machine's own may have its state.
    config.stash[_STATE] = tempfile.TemporaryDirectory(prefix="ringfence-state-")
    os.environ["STATE_DIRECTORY"] = config.stash[_STATE].name


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[_STATE].cleanup()


@cache
def _kernel_lacks() -> str:
    """Why namespaces with nftables cannot be had here; empty when they can."""
    if find_program("nft") is None:
        return "nft is not installed (apt install nftables)"
    probe = (
        ["unshare", "--net", "true"]
        if os.geteuid() == 0
        else ["unshare", "--user", "--map-root-user", "--net", "true"]
    )
    done = subprocess.run(probe, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"network namespaces refused: {done.stderr.strip()}"


def find_program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=SBIN)


@cache
def _peers_lack() -> str:
    missing = [name for name in PROGRAMS if find_program(name) is None]
    return f"not installed: {', '.join(missing)}" if missing else ""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    required = os.environ.get("RINGFENCE_REQUIRE", "").split(",")
    for marker, lacks in (("kernel", _kernel_lacks), ("peers", _peers_lack)):
        if item.get_closest_marker(marker) is None:
            continue
        reason = lacks()
        if reason and marker in required:
            pytest.fail(f"RINGFENCE_REQUIRE={marker}: {reason}", pytrace=False)
        elif reason:
            pytest.skip(reason)
