#!/bin/sh
# A pcapng that two capture points wrote into (one interface counts microseconds, the other nanoseconds, each
# saying so in if_tsresol) is what one gets from a firewall's "any" capture or from a merged pair.
#
# Guess, before running: dpkt reads if_tsresol of each Interface Description Block, so that both frames of
#   this file, taken in the same second, get the same time; scapy, python-pcapng and tshark do.
# Seen (dpkt 1.9.8, scapy 2.6.1, python-pcapng 2.1.1): dpkt applies the resolution of the first interface to
#   every frame. The frame of the second interface is placed at 1,700,000,000,000 s (the year 55840), with
#   no warning. scapy and python-pcapng give 1,700,000,000 s for both. What a script computes from dpkt about
#   delay across a firewall is then wrong by three powers of ten, and order by time separates the two sides.
# Exit status 1 when this changes.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
python3 -m venv "$here/venv"
"$here/venv/bin/pip" install --quiet --disable-pip-version-check dpkt==1.9.8 scapy==2.6.1 python-pcapng==2.1.1
cat > "$here/two.py" <<'EOF'
import struct, sys

import dpkt
import pcapng
from scapy.utils import RawPcapNgReader

SECONDS = 1_700_000_000


def block(kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def interface(resolution):
    option = struct.pack("<HHB3x", 9, 1, resolution) + struct.pack("<HH", 0, 0)  # if_tsresol, opt_endofopt
    return block(1, struct.pack("<HHI", 1, 0, 65535) + option)


def frame(interface_id, ticks):
    octets = bytes.fromhex("ffffffffffff001b4f0000010800") + bytes(46)
    size = len(octets)
    return block(6, struct.pack("<IIIII", interface_id, ticks >> 32, ticks & 0xFFFFFFFF, size, size) + octets)


with open(sys.argv[1], "wb") as file:
    file.write(block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)))
    file.write(interface(6) + interface(9))
    file.write(frame(0, SECONDS * 10**6) + frame(1, SECONDS * 10**9))

with open(sys.argv[1], "rb") as file:
    by_dpkt = [time for time, _ in dpkt.pcapng.Reader(file)]
by_scapy = []
for _, about in RawPcapNgReader(sys.argv[1]):
    by_scapy.append(((about.tshigh << 32) + about.tslow) / about.tsresol)
with open(sys.argv[1], "rb") as file:
    by_pcapng = [item.timestamp for item in pcapng.FileScanner(file) if hasattr(item, "packet_data")]
print("dpkt         ", by_dpkt)
print("scapy        ", by_scapy)
print("python-pcapng", by_pcapng)
right = [SECONDS, SECONDS]
assert by_scapy == right, "scapy changed"
assert by_pcapng == right, "python-pcapng changed"
assert by_dpkt == [SECONDS, SECONDS * 1000], "dpkt changed"
EOF
"$here/venv/bin/python" "$here/two.py" "$here/two.pcapng"
echo "as described: dpkt times every frame by the first interface's clock"
