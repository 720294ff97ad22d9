#!/bin/sh
# The option 242 that moves an Avaya handset to its voice VLAN, as tshark's own dissector of that option reads it.
#
# Guess, before running: a valid string gives no expert information; L2QVLAN=voice, which is no number, is an error.
# Seen (tshark 4.0.17 of Debian 12): every L2QVLAN that is a number is "Error/Protocol, Option 242 (L2QVLAN) invalid",
#   and the one that is no number is shown as 0 without a word: the test is the wrong way round. VLANTEST has it right.
#   MCPORT, which Avaya documents, is an "unknown parameter". Whoever filters on _ws.expert looks for a fault of the
#   DHCP server that is not there.
# Exit status 1 when this changes; 3 where this tshark is not to be had.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
version=4.0.17-0+deb12u3
if [ "$(dpkg-query -W -f '${Version}' tshark 2>/dev/null)" = "$version" ]; then
    tshark=tshark
else
    cd "$here"
    apt-get install -y --print-uris --no-install-recommends "tshark=$version" "wireshark-common=$version" \
        "libwireshark16=$version" 2>/dev/null | sed -n "s/^'[^']*' \([^_ ]*\)_.*/\1/p" > missing
    [ -s missing ] || exit 3
    xargs apt-get download -qq < missing >/dev/null 2>&1 || exit 3
    for package in ./*.deb; do dpkg -x "$package" root; done
    LD_LIBRARY_PATH=$(find "$here/root" -name '*.so*' -exec dirname {} + | sort -u | tr '\n' ':')
    export LD_LIBRARY_PATH
    tshark=$here/root/usr/bin/tshark
fi
python3 -m venv "$here/venv"
"$here/venv/bin/pip" install --quiet --disable-pip-version-check scapy==2.8.0
cat > "$here/offers.py" <<'EOF'
import sys

from scapy.all import BOOTP, DHCP, IP, UDP, Ether, wrpcap


def offer(text):
    options = [("message-type", "offer"), ("server_id", "192.0.2.1"), ("lease_time", 600), (242, text), "end"]
    frame = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
    reply = BOOTP(op=2, yiaddr="192.0.2.9", chaddr=bytes.fromhex("020000000002"), xid=7)
    return frame / IP(src="192.0.2.1", dst="192.0.2.9") / UDP(sport=67, dport=68) / reply / DHCP(options=options)


wrpcap(sys.argv[1], [offer(text.encode()) for text in sys.argv[2:]])
EOF
"$here/venv/bin/python" "$here/offers.py" "$here/offers.pcap" \
    L2QVLAN=100 L2QVLAN=4094 L2QVLAN=voice VLANTEST=60 VLANTEST=soon MCPORT=1719 2>/dev/null
"$tshark" -r "$here/offers.pcap" -T fields -E separator='|' -e dhcp.option.vendor.avaya -e _ws.expert.message \
    2>/dev/null > "$here/seen"
cat "$here/seen"
said() { grep -F "$1|" "$here/seen" | cut -d '|' -f 2; }
[ "$(said L2QVLAN=100)" = "Option 242 (L2QVLAN) invalid" ] || { echo "a valid VLAN is accepted now"; exit 1; }
[ "$(said L2QVLAN=4094)" = "Option 242 (L2QVLAN) invalid" ] || { echo "a valid VLAN is accepted now"; exit 1; }
[ -z "$(said L2QVLAN=voice)" ] || { echo "a VLAN that is no number is refused now"; exit 1; }
[ -z "$(said VLANTEST=60)" ] && [ -n "$(said VLANTEST=soon)" ] || { echo "VLANTEST changed"; exit 1; }
said MCPORT=1719 | grep -q Unknown || { echo "MCPORT is known now"; exit 1; }
echo "as described: the valid VLAN is the one that is refused"
