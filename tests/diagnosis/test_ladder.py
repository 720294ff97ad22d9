"""The ladder of a handset as a picture, and as a list where there is no room for one."""

from collections.abc import Callable

import pytest

from ringfence.diagnosis.ladder import LadderLine, ladder_lines, listing_lines
from ringfence.diagnosis.timeline import HandsetTimeline
from ringfence.model.packet import Packet
from support.captures.judged import LAB, judged
from support.captures.recorded_site import GATEKEEPER, Run, boot, grq, to_gatekeeper


def of(run: Run) -> HandsetTimeline:
    (timeline,) = judged(run.frames, LAB).handsets
    return timeline


@pytest.mark.parametrize("drawn", [ladder_lines, listing_lines])
def test_it_hides_what_repeats_but_never_what_failed(
    drawn: Callable[[HandsetTimeline], list[LadderLine]],
) -> None:
    run = Run()
    for _ in range(100):
        run.send(to_gatekeeper(grq(1)))
        run.wait(5)
    lines = drawn(of(run))
    rows = [line.text for line in lines]
    assert len(rows) < 15
    assert [line.is_cause for line in lines] == ["<= discover" in row or row is rows[-1] for row in rows]
    assert sum("<= discover" in row for row in rows) == 4
    assert any("94 more until" in row and "GRQ" in row for row in rows)
    assert rows[-2].split()[0] == "495.099"


def test_a_list_says_who_sent_what_to_whom_and_what_was_dropped() -> None:
    def to_1720(packet: Packet) -> bool:
        return packet.source == GATEKEEPER and packet.destination_port == 1720

    rows = [" ".join(row.text.split()[2:]) for row in listing_lines(of(boot(to_1720)))]
    assert "handset > gatekeeper RRQ 11" in rows
    assert "gatekeeper > handset RCF 11" in rows
    assert "gatekeeper X handset SYN <= signal" in rows
    assert rows.index("handset > gatekeeper RRQ 11") < rows.index("gatekeeper X handset SYN <= signal")
