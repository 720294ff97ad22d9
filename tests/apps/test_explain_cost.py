"""What explaining a handset costs does not depend on how many there are."""

import sys
from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path
from types import FrameType

import pytest

from ringfence.apps.cli.explaining.result import ExplainRequest
from ringfence.capture.frame import Tap
from support.captures.capture_files import pcap
from support.captures.recorded_site import GATEKEEPER, Run, gcf, grq, rrq, udp

FIRST = int(IPv4Address("10.20.0.1"))


def requests(count: int, payload: bytes, answer: bytes) -> Run:
    """Every handset asks three times with the same octets; those on the server side are answered."""
    run = Run(lambda packet: packet.destination == GATEKEEPER)
    for _ in range(3):
        for number in range(count):
            handset = IPv4Address(FIRST + number)
            run.send(udp(handset, 49300, GATEKEEPER, 1719, payload))
            if answer:
                run.send(udp(GATEKEEPER, 1719, handset, 49300, answer), by=Tap.SERVERS)
        run.wait(5)
    return run


def calls(work: Callable[[], object]) -> int:
    """Functions called, those of C too: what a slower machine does not change."""
    count = 0

    def counted(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize(("payload", "answer"), [(rrq(11), b""), (grq(10), gcf(10))])
def test_four_times_the_handsets_take_four_times_the_work(
    tmp_path: Path, payload: bytes, answer: bytes, both: bool
) -> None:
    counts = []
    for count in (100, 400):
        run = requests(count, payload, answer)
        paths = []
        for tap in (Tap.HANDSETS, Tap.SERVERS) if both else (Tap.HANDSETS,):
            frames = [(each.time, each.data) for each in run.frames if each.tap == tap]
            paths.append(tmp_path / f"{tap}-{count}.pcap")
            paths[-1].write_bytes(pcap([(run.now - 60, bytes(14)), *frames, (run.now + 30, bytes(14))]))
        asked = ExplainRequest(tuple(paths), 120.0, None)
        counts.append(calls(asked.answer))
    assert counts[1] < 4.4 * counts[0]
