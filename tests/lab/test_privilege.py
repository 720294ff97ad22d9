"""Whoever may not make a lab learns which call failed and what to change."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ringfence.lab.privilege import LabUnavailable, acquire

SRC = str(Path(__file__).parents[2] / "src")


def _run(prefix: list[str], script: str) -> str:
    if not os.access(sys.executable, os.X_OK):
        pytest.skip(f"this user may not start {sys.executable}")
    environment = {**os.environ, "PYTHONPATH": SRC}
    argv = [*prefix, sys.executable, "-c", script]
    return subprocess.run(argv, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.kernel
def test_acquiring_twice_changes_nothing() -> None:
    assert acquire() == acquire()


@pytest.mark.kernel
def test_without_user_namespaces_the_call_and_the_remedy_are_named() -> None:
    """A parent user namespace allows none inside, and no capability is left."""
    wrapper = (
        "echo 0 >/proc/sys/user/max_user_namespaces;"
        ' exec setpriv --bounding-set -all --inh-caps -all --ambient-caps -all "$@"'
    )
    said = _run(
        ["unshare", "--user", "--map-root-user", "sh", "-c", wrapper, "sh"],
        "from ringfence.lab.privilege import *\n"
        "try: acquire()\n"
        "except LabUnavailable as error: print(error.call, error.errno, error.remedy, sep='|')",
    )
    call, errno, remedy = said.strip().split("|")
    assert call == "unshare(CLONE_NEWUSER)"
    assert int(errno) > 0
    for word in ("sudo", "sysctl", "--cap-add", "seccomp=unconfined"):
        assert word in remedy


@pytest.mark.kernel
def test_a_user_who_is_late_is_told_to_come_before_the_threads() -> None:
    if acquire().kind != "root":
        pytest.skip("only root can become nobody")
    said = _run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
        "import threading\n"
        "from ringfence.lab.privilege import *\n"
        "end = threading.Event()\n"
        "threading.Thread(target=end.wait).start()\n"
        "try: acquire()\n"
        "except LabUnavailable as error: print(error.remedy)\n"
        "end.set()",
    )
    assert "before the program starts its first thread" in said


def test_the_message_holds_call_reason_and_remedy() -> None:
    message = str(LabUnavailable("start nft", 0, "apt install nftables"))
    assert message == "start nft; remedy: apt install nftables"
