"""How fast a capture full of RTP is read and judged, beside cat, tcpdump and tshark on the same file.

    python bench/capture.py [--megabytes 100] [--keep FILE]

Generates the file (bounded, at most 1200 MB), runs each tool three times alternately, prints the best of
each, deletes the file.
"""

import argparse
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from ipaddress import IPv4Address
from pathlib import Path

from ringfence.capture.pcap_write import PcapWriter
from ringfence.model.packet import Packet, Protocol
from ringfence.wire import dhcp, ras
from ringfence.wire.dhcp_options import LEASE_TIME, MESSAGE_TYPE, PARAMETER_LIST, SITE_242, MessageType
from ringfence.wire.frame import frame_of
from ringfence.wire.h225.common import H221NonStandard, IpAddress
from ringfence.wire.h225.endpoint import EndpointType, TerminalInfo, VendorIdentifier
from ringfence.wire.h225.ras_discovery import GatekeeperConfirm, GatekeeperRequest
from ringfence.wire.h225.ras_registration import RegistrationConfirm, RegistrationRequest

FILTER = (
    "arp or icmp or udp port 67 or udp port 68 or udp portrange 1718-1719 or tcp port 1720 or tcp port 1300"
    " or tcp port 80 or tcp port 443 or tcp port 411 or (ip[6:2] & 0x1fff != 0)"
)
RTP_SHARE = 0.98
V2 = (0, 0, 8, 2250, 0, 2)
GATEKEEPER = IPv4Address("10.1.0.30")
SERVER = IPv4Address("10.1.0.10")
MACS = (b"\x02\x72\x66\0\0\1", b"\x02\x72\x66\0\0\2")


def handset_frames(index: int) -> list[bytes]:
    """DHCP renewal-style lease, GRQ to RCF and a keep-alive of one handset."""
    ip = IPv4Address(int(IPv4Address("10.20.0.0")) + 10 + index)
    mac = b"\x00\x1b\x4f" + index.to_bytes(3, "big")
    vendor = VendorIdentifier(
        vendor=H221NonStandard(t35CountryCode=181, t35Extension=0, manufacturerCode=19540)
    )
    terminal = EndpointType(terminal=TerminalInfo(), mc=False, undefinedNode=False)
    giaddr = IPv4Address("10.20.0.1")

    def lease(kind: MessageType, op: int) -> bytes:
        options = [MESSAGE_TYPE(kind), PARAMETER_LIST((1, 28, 3, 6, 15, 42, 242))]
        if op == 2:
            options = [MESSAGE_TYPE(kind), LEASE_TIME(28800), SITE_242("MCIPADD=10.1.0.30")]
        yiaddr = ip if op == 2 else IPv4Address(0)
        message = dhcp.DhcpMessage(
            op=op, xid=index, chaddr=mac, giaddr=giaddr, yiaddr=yiaddr, options=tuple(options)
        )
        return dhcp.encode(message)

    def rrq(number: int) -> bytes:
        return ras.encode(
            RegistrationRequest(
                requestSeqNum=number,
                protocolIdentifier=V2,
                discoveryComplete=True,
                callSignalAddress=[("ipAddress", IpAddress(ip=ip.packed, port=1720))],
                rasAddress=[("ipAddress", IpAddress(ip=ip.packed, port=49300))],
                terminalType=terminal,
                terminalAlias=[("dialedDigits", str(20000 + index))],
                endpointVendor=vendor,
            )
        )

    def rcf(number: int) -> bytes:
        return ras.encode(
            RegistrationConfirm(
                requestSeqNum=number,
                protocolIdentifier=V2,
                callSignalAddress=[("ipAddress", IpAddress(ip=GATEKEEPER.packed, port=1720))],
                endpointIdentifier=f"ep{index}",
            )
        )

    grq = GatekeeperRequest(
        requestSeqNum=1,
        protocolIdentifier=V2,
        rasAddress=("ipAddress", IpAddress(ip=ip.packed, port=49300)),
        endpointType=terminal,
    )
    gcf = GatekeeperConfirm(
        requestSeqNum=1,
        protocolIdentifier=V2,
        rasAddress=("ipAddress", IpAddress(ip=GATEKEEPER.packed, port=1719)),
    )
    packets = [
        (giaddr, 67, SERVER, 67, lease(MessageType.DISCOVER, 1)),
        (SERVER, 67, giaddr, 67, lease(MessageType.OFFER, 2)),
        (giaddr, 67, SERVER, 67, lease(MessageType.REQUEST, 1)),
        (SERVER, 67, giaddr, 67, lease(MessageType.ACK, 2)),
        (ip, 49300, GATEKEEPER, 1719, ras.encode(grq)),
        (GATEKEEPER, 1719, ip, 49300, ras.encode(gcf)),
    ]
    for number in (2, 3):
        packets.append((ip, 49300, GATEKEEPER, 1719, rrq(number)))
        packets.append((GATEKEEPER, 1719, ip, 49300, rcf(number)))
    return [
        frame_of(
            Packet(Protocol.UDP, source, port, to, to_port, payload=payload),
            source_mac=MACS[0],
            destination_mac=MACS[1],
        )
        for source, port, to, to_port, payload in packets
    ]


def generate(path: Path, megabytes: int, chooser: random.Random) -> tuple[int, int]:
    """Returns frames and handsets. 214-octet G.711 frames of 64 calls, signalling strewn in between."""
    calls = [
        frame_of(
            Packet(
                Protocol.UDP,
                IPv4Address(int(IPv4Address("10.20.0.10")) + call),
                2048 + 2 * call,
                IPv4Address("10.1.0.40"),
                2500 + 2 * call,
                payload=bytes(172),
            ),
            source_mac=MACS[0],
            destination_mac=MACS[1],
        )
        for call in range(64)
    ]
    total = megabytes * 1_000_000 // 230
    handsets = max(1, round(total * (1 - RTP_SHARE) / 10))
    waiting = [iter(handset_frames(index)) for index in range(handsets)]
    clock, written = 1_700_000_000_000_000_000, 0
    with path.open("wb") as file:
        writer = PcapWriter(file)
        active: list[object] = []
        while waiting or active:
            if waiting and len(active) < 40:
                active.append(waiting.pop())
            position = chooser.randrange(len(active))
            frame = next(active[position], None)  # type: ignore[call-overload]
            if frame is None:
                active.pop(position)
                continue
            clock += 300_000
            writer.write(clock, frame)
            written += 1
            for _ in range(min(chooser.randrange(99), max(0, total - written))):
                clock += 300_000
                writer.write(clock, calls[written % 64])
                written += 1
    return written, handsets


OURS = """
import sys
from pathlib import Path
from ringfence.capture.judge import judge
from ringfence.capture.reader import Capture
from ringfence.capture.timeline import Verdict
capture = Capture(Path(sys.argv[1]))
if sys.argv[2] == "select":
    print(sum(1 for _ in capture))
else:
    found = judge(capture, both_sides=False, phones_only=True)
    print(sum(line.verdict is Verdict.REGISTERED for line in found), "registered of", len(found))
"""


def commands(path: Path) -> dict[str, list[str]]:
    ours = [sys.executable, "-c", OURS, str(path)]
    found = {"cat": ["cat", str(path)], "ringfence, select": [*ours, "select"]}
    found["ringfence, verdicts"] = [*ours, "judge"]
    if shutil.which("tcpdump"):
        found["tcpdump, select"] = ["tcpdump", "-r", str(path), "-w", os.devnull, FILTER]
    if shutil.which("tshark"):
        found["tshark, list fields"] = [
            *("tshark", "-n", "-r", str(path), "-Y", "dhcp or h225"),
            *("-T", "fields", "-e", "frame.number", "-e", "h225.RasMessage"),
        ]
    return found


def run(command: list[str]) -> tuple[float, float, str]:
    """Wall seconds, processor seconds, last line of output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=True)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    lines = done.stdout[-200:].splitlines() if command[0] != "cat" else []
    return wall, cpu, lines[-1].decode(errors="replace") if lines else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100, choices=range(1, 1201), metavar="1..1200")
    parser.add_argument("--keep", type=Path, help="leave the capture here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        path = options.keep or Path(directory) / "calls.pcap"
        frames, handsets = generate(path, options.megabytes, random.Random(1))
        size = path.stat().st_size
        print(f"{size / 1e6:.0f} MB, {frames} frames, {handsets} handsets")
        best: dict[str, tuple[float, float, str]] = {}
        for _ in range(3):
            for name, command in commands(path).items():
                result = run(command)
                best[name] = min(best.get(name, result), result)
        for name, (wall, cpu, said) in best.items():
            rate = f"{wall:8.2f} s wall {cpu:8.2f} s cpu {frames / wall / 1e6:8.2f} M frames/s"
            print(f"{name:22}{rate}   {said}")


if __name__ == "__main__":
    main()
