#!/bin/sh
# When a capture really ran, from the statistics block at the end of a pcapng file (isb_starttime, isb_endtime):
# the one place that tells silence at the end from a capture that was stopped.
#
# Guess, before running: they count in the units that the interface states in if_tsresol, as the frames do
#   (draft-ietf-opsawg-pcapng, Interface Statistics Block).
# Seen (dumpcap 4.0.17-0+deb12u3 of Debian 12): the interface says nanoseconds and the frames keep to it; both times of
#   the statistics block are in microseconds. Read as stated, a capture of today ran in January 1970.
# Exit status 1 when this changes; 3 where packages or namespaces are not to be had.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
cd "$here"
apt-get download -qq wireshark-common=4.0.17-0+deb12u3 libwsutil14=4.0.17-0+deb12u3 libwiretap13=4.0.17-0+deb12u3 \
    libpcap0.8=1.10.3-1 >/dev/null 2>&1 || exit 3
for package in ./*.deb; do dpkg -x "$package" root; done
LD_LIBRARY_PATH="$here/$(dirname "$(find root -name 'libwsutil.so.14' | head -n 1)")"
export LD_LIBRARY_PATH DUMPCAP="$here/root/usr/bin/dumpcap"
cat > talk.py <<'EOF'
import fcntl, os, socket, struct, subprocess, sys, time

# The loopback of this namespace of our own is brought up (SIOCSIFFLAGS of netdevice(7)).
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
    fcntl.ioctl(control, 0x8914, struct.pack("16sh14x", b"lo", 0x49))
dumpcap = subprocess.Popen(
    [os.environ["DUMPCAP"], "-q", "-i", "lo", "-a", "packets:2", "-a", "duration:20", "-w", "two.pcapng"],
    stderr=subprocess.DEVNULL,
)
until = time.monotonic() + 20
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
    while dumpcap.poll() is None and time.monotonic() < until:
        sender.sendto(b"tick", ("127.0.0.1", 9))
        time.sleep(0.2)
dumpcap.wait(30)

with open("two.pcapng", "rb") as file:
    octets = file.read()
found, at = {}, 0
while at < len(octets):
    kind, size = struct.unpack_from("<II", octets, at)
    body, start = octets[at + 8 : at + size - 4], {1: 8, 5: 12}.get(kind)
    if kind == 6:
        high, low = struct.unpack_from("<II", body, 4)
        found["frame"] = high << 32 | low
    while start is not None and start + 4 <= len(body):
        code, length = struct.unpack_from("<HH", body, start)
        value = body[start + 4 : start + 4 + length]
        if kind == 1 and code == 9:
            found["if_tsresol"] = value[0]
        if kind == 5 and code in (2, 3):
            high, low = struct.unpack("<II", value)
            found["isb_starttime" if code == 2 else "isb_endtime"] = high << 32 | low
        start = None if code == 0 else start + 4 + length + -length % 4
    at += size
print(found)
now = time.time()
assert found["if_tsresol"] == 9, "another resolution"
assert abs(found["frame"] / 1e9 - now) < 3600, "frames are no longer in nanoseconds"
for name in ("isb_starttime", "isb_endtime"):
    assert abs(found[name] / 1e6 - now) < 3600, f"{name} is no longer in microseconds: this changed"
EOF
unshare --map-root-user --user --net true 2>/dev/null || exit 3
unshare --map-root-user --user --net timeout 60 python3 talk.py
echo "as described: the statistics block counts in microseconds where its interface says nanoseconds"
