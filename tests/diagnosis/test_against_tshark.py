"""Our counts of messages beside tshark's, on generated captures."""

import random
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from ringfence.capture.frame import Tap
from ringfence.capture.reader import Capture
from ringfence.diagnosis.observation import DhcpSeen, RasSeen, StreamSeen
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.ras_view import ABBREVIATIONS
from ringfence.diagnosis.stream_messages import MessageKind
from support.captures.capture_files import pcap, pcapng, tagged
from support.captures.judged import judged
from support.captures.recorded_site import Run, ask, boot, rrj, rrq

pytestmark = pytest.mark.peers

# h225.RasMessage as Wireshark numbers the CHOICE (H.225.0 annex H), our abbreviations in the same order.
ORDER = list(ABBREVIATIONS.values())


def tshark(path: Path, display: str, *fields: str) -> list[list[str]]:
    command = ["tshark", "-n", "-r", str(path), "-Y", display, "-T", "fields"]
    for name in fields:
        command += ["-e", name]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return [line.split("\t") for line in done.stdout.splitlines()]


def site(seed: int) -> list[tuple[float, bytes]]:
    """A boot that worked, one that did not, and a rejected keep-alive."""
    chooser = random.Random(seed)
    run = boot(lambda _: chooser.random() < 0.1, now=1_700_100_000.0)
    more = Run(now=run.now + 5)
    ask(more, rrq(70, keep_alive=True), rrj(70, "fullRegistrationRequired"))
    frames = [*boot().frames, *run.frames, *more.frames]
    return [(each.time, each.data) for each in frames if each.tap == Tap.SERVERS]


@pytest.mark.parametrize("form", ["pcap", "pcapng", "priority-tagged"])
@pytest.mark.parametrize("seed", [1, 2])
def test_every_message_is_counted_as_tshark_counts_it(tmp_path: Path, form: str, seed: int) -> None:
    frames = site(seed)
    if form == "priority-tagged":
        frames = [(time, tagged(frame, (0x8100, 0xC000))) for time, frame in frames]
    path = tmp_path / "site.pcap"
    path.write_bytes(pcapng(frames) if form == "pcapng" else pcap(frames))
    capture = Capture(path)
    judgement = judged(capture, JudgeOptions(phones_only=False))
    seen = [each for handset in judgement.handsets for each in handset.observations]

    ras = Counter(each.message for each in seen if isinstance(each, RasSeen))
    theirs = Counter(ORDER[int(row[0])] for row in tshark(path, "h225.RasMessage", "h225.RasMessage"))
    assert ras == theirs

    dhcp = Counter(each.kind.value for each in seen if isinstance(each, DhcpSeen))
    assert dhcp == Counter(int(row[0]) for row in tshark(path, "dhcp", "dhcp.option.dhcp"))

    syns = sum(each.text == "SYN" for each in seen if isinstance(each, StreamSeen))
    assert syns == len(tshark(path, "tcp.flags.syn==1 and tcp.flags.ack==0", "frame.number"))

    streams = [each for each in seen if isinstance(each, StreamSeen)]
    kinds = Counter(message.kind for each in streams for message in each.messages)
    q931 = tshark(path, "q931.message_type", "q931.message_type")
    assert kinds[MessageKind.TPKT] == len(q931)

    numbers = {int(row[0]) for row in tshark(path, "h225.RasMessage", "frame.number")}
    assert {each.crossing.packet.number for each in seen if isinstance(each, RasSeen)} == numbers
    assert capture.summary.frames == len(frames)
