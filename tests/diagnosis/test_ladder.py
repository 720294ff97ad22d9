"""The ladder of a handset as a picture, and as a list where there is no room for one."""

from collections.abc import Callable

import pytest

from ringfence.diagnosis.ladder import ladder, listing
from ringfence.diagnosis.timeline import HandsetTimeline
from ringfence.model.packet import Packet
from support.captures.judged import LAB, judged
from support.captures.recorded_site import GATEKEEPER, Run, boot, grq, to_gatekeeper


def of(run: Run) -> HandsetTimeline:
    (timeline,) = judged(run.frames, LAB).handsets
    return timeline


@pytest.mark.parametrize("drawn", [ladder, listing])
def test_it_hides_what_repeats_but_never_what_failed(drawn: Callable[[HandsetTimeline], str]) -> None:
    run = Run()
    for _ in range(100):
        run.send(to_gatekeeper(grq(1)))
        run.wait(5)
    rows = drawn(of(run)).splitlines()
    assert len(rows) < 15
    assert sum("<= discover" in row for row in rows) == 4
    assert any("94 more until" in row and "GRQ" in row for row in rows)
    assert rows[-2].split()[0] == "495.099"


def test_a_list_says_who_sent_what_to_whom_and_what_was_dropped() -> None:
    def to_1720(packet: Packet) -> bool:
        return packet.source == GATEKEEPER and packet.destination_port == 1720

    rows = [" ".join(row.split()[2:]) for row in listing(of(boot(to_1720))).splitlines()]
    assert "handset > gatekeeper RRQ 11" in rows
    assert "gatekeeper > handset RCF 11" in rows
    assert "gatekeeper X handset SYN <= signal" in rows
    assert rows.index("handset > gatekeeper RRQ 11") < rows.index("gatekeeper X handset SYN <= signal")
