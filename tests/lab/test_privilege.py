"""Whoever may not make a lab learns which call failed and what to change."""

import pytest

from ringfence.lab.privilege import acquire
from ringfence.lab.unavailable import LabUnavailable
from support.lab.processes import output_of


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
    said = output_of(
        "from ringfence.lab.privilege import *\n"
        "try: acquire()\n"
        "except LabUnavailable as error: print(error.call, error.errno, error.remedy, sep='|')",
        prefix=["unshare", "--user", "--map-root-user", "sh", "-c", wrapper, "sh"],
    )
    call, errno, remedy = said.strip().split("|")
    assert call == "unshare(CLONE_NEWUSER)"
    assert int(errno) > 0
    for word in ("sudo", "sysctl", "--cap-add", "seccomp=unconfined"):
        assert word in remedy


@pytest.mark.kernel
def test_a_user_who_is_late_is_told_to_come_before_the_threads() -> None:
    said = output_of(
        "import threading\n"
        "from ringfence.lab.privilege import *\n"
        "end = threading.Event()\n"
        "threading.Thread(target=end.wait).start()\n"
        "try: acquire()\n"
        "except LabUnavailable as error: print(error.remedy)\n"
        "end.set()",
        nobody=True,
    )
    assert "before the program starts its first thread" in said


def test_the_message_holds_call_reason_and_remedy() -> None:
    message = str(LabUnavailable("start nft", 0, "apt install nftables"))
    assert message == "start nft; remedy: apt install nftables"
