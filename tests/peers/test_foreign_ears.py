"""Foreign programs hear and read what a proof's phones said: the tone, the streams, the signalling."""

import subprocess
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from ringfence.actors.io import MediaTold
from ringfence.capture.frame import Tap
from ringfence.drivers.recording import RunRecording
from ringfence.model.site_file import parse
from ringfence.policy.compile import generated
from ringfence.roles.alone import alone, policy_alone
from ringfence.verify.testbeds import SimulatedTestbed
from support.captures.capture_files import pcap
from support.talking_site import TALKING

pytestmark = pytest.mark.peers


@cache
def boot() -> RunRecording:
    site = parse(TALKING, "talking.yaml")
    one = alone(site, site.groups[0])
    return SimulatedTestbed(one, {"edge": policy_alone(generated(site), one)}).boot()


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ears") / "calls.pcap"
    path.write_bytes(pcap([(each.time, each.data) for each in boot().frames if each.tap == Tap.HANDSETS]))
    return path


def told() -> list[MediaTold]:
    return [
        command
        for entry in boot().journal
        if entry.host == "handset"
        for command in entry.commands
        if isinstance(command, MediaTold)
    ]


def output(*words: str) -> str:
    """What tshark prints, and what sox and ffmpeg say of it."""
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout if words[0] == "tshark" else done.stderr


def fields(capture: Path, shown: str, *names: str) -> list[list[str]]:
    wanted = [word for name in names for word in ("-e", name)]
    # By what call signalling says of its ports, not by guessing.
    text = output("tshark", "-n", "-r", str(capture), "-Y", shown, "-T", "fields", *wanted)
    return [line.split("\t") for line in text.splitlines() if line]


@pytest.mark.parametrize("way", ["sent", "received"])
def test_a_tone_of_1000_hertz_is_heard_at_its_level(capture: Path, tmp_path: Path, way: str) -> None:
    """The digital milliwatt: 1 kHz, 0 dBm0, which is 3.17 dB below a full sine (ITU-T G.711 table 6)."""
    stretch = told()[0]
    ends = (stretch.local, stretch.remote) if way == "sent" else (stretch.remote, stretch.local)
    stream = f"rtp && ip.src=={ends[0].ip} && udp.srcport=={ends[0].port} && udp.dstport=={ends[1].port}"
    payload = "".join(row[0] for row in fields(capture, stream, "rtp.payload")).replace(":", "")
    raw, wave = tmp_path / "heard.ul", tmp_path / "heard.wav"
    raw.write_bytes(bytes.fromhex(payload))
    said = output("sox", "-t", "ul", "-r", "8000", "-c", "1", str(raw), "-n", "stat")
    parts = (line.rsplit(":", 1) for line in said.splitlines() if ":" in line)
    heard = {" ".join(name.split()): value for name, value in parts}
    assert float(heard["Length (seconds)"]) == pytest.approx(0.2)
    assert int(heard["Rough frequency"]) == pytest.approx(1000, abs=40)
    assert float(heard["RMS amplitude"]) == pytest.approx(10 ** (-3.17 / 20) / 2**0.5, rel=0.02)
    output("ffmpeg", "-v", "error", "-f", "mulaw", "-ar", "8000", "-i", str(raw), str(wave))
    level = output("ffmpeg", "-i", str(wave), "-af", "volumedetect", "-f", "null", "-")
    assert "mean_volume: -6.2 dB" in level


def test_tshark_finds_the_streams_where_signalling_says_and_counts_the_same(capture: Path) -> None:
    rows = fields(capture, "rtp", "ip.src", "udp.srcport", "ip.dst", "udp.dstport", "rtp.setup-method")
    assert {row[4] for row in rows} == {"H245"}
    streams = Counter(tuple(row[:4]) for row in rows)
    expected: Counter[tuple[str, ...]] = Counter()
    for each in told():
        near = (str(each.local.ip), str(each.local.port))
        far = (str(each.remote.ip), str(each.remote.port))
        expected[(*near, *far)] += 10
        expected[(*far, *near)] += 10
    assert streams == expected


def test_tshark_reads_the_reports_of_both_ends(capture: Path) -> None:
    peers = "rtcp && udp.dstport != 5005"
    rows = fields(capture, peers, "rtcp.pt", "rtcp.ssrc.fraction", "ip.src")
    kinds = Counter(kind for row in rows for kind in row[0].split(",") if kind in {"200", "201"})
    # Two sender reports and one receiver report for each stretch.
    assert (kinds["200"], kinds["201"]) == (2 * len(told()), len(told()))
    assert {each for row in rows for each in row[1].split(",") if each} == {"0"}
    copies = fields(capture, "rtcp && udp.dstport == 5005", "rtcp.pt", "rtcp.app.name")
    assert len(copies) == sum(row[2] == "10.20.0.128" for row in rows)
    assert {row[1] for row in copies} == {"", "-AV-"}


def test_tshark_reads_the_signalling_whole(capture: Path) -> None:
    assert fields(capture, "h225 && _ws.malformed", "frame.number") == []
    kinds = Counter(
        kind for row in fields(capture, "q931", "q931.message_type") for kind in row[0].split(",") if kind
    )
    facilities = fields(capture, "q931.message_type == 0x62", "h225.fastStart")
    assert kinds["0x05"] == kinds["0x07"] == 1
    # Two closings and an offer at the start of each call, and what moves media.
    assert len(facilities) == kinds["0x62"] > len(told())
    assert kinds["0x7b"] > 20
