#!/bin/sh
# Moving a rule set from iptables to nftables with iptables-translate: rules for everything but a port.
#
# Guess, before running: "!" stays, whatever it stands before: "! --dport 1719" becomes "dport != 1719".
# Seen (iptables 1.8.9-2 of Debian 12): it stays for tcp, sctp and dccp, and for the source port of udp; before the
#   destination port of udp, and before multiport --ports, it is lost without a word. A rule that let nothing but RAS
#   through drops RAS alone after the move. Of --ctstate SNAT,DNAT only the first is left.
# Exit status 1 when this changes; 3 where this iptables is not to be had.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
cd "$here"
apt-get download -qq iptables=1.8.9-2 libxtables12=1.8.9-2 libnftnl11=1.2.4-2 libmnl0=1.0.4-3 >/dev/null 2>&1 || exit 3
for package in ./*.deb; do dpkg -x "$package" root; done
LD_LIBRARY_PATH=$(find root -name '*.so*' -not -path '*/xtables/*' -exec dirname {} + | sort -u | sed "s|^|$here/|" | tr '\n' ':')
XTABLES_LIBDIR="$here/$(dirname "$(find root -name libxt_udp.so)")"
export LD_LIBRARY_PATH XTABLES_LIBDIR
ln -s "$here/root/usr/sbin/xtables-nft-multi" iptables-translate
is() { # is WANTED ARGUMENT...: the match of the translated rule, without table, chain and verdict
    wanted=$1
    shift
    seen=$(./iptables-translate -A FORWARD "$@" -j DROP | sed "s/^nft *'\{0,1\}add rule ip filter FORWARD //; s/ counter drop'\{0,1\}.*//")
    echo "$*   ->   $seen"
    [ "$seen" = "$wanted" ] || { echo "now otherwise; was: $wanted"; exit 1; }
}
is 'tcp dport != 1719' -p tcp ! --dport 1719
is 'udp sport != 1719' -p udp ! --sport 1719
is 'udp dport 1719' -p udp ! --dport 1719
is 'udp dport 1719-1720' -p udp ! --dport 1719:1720
is 'ip protocol tcp tcp dport != { 1719, 1720 }' -p tcp -m multiport ! --dports 1719,1720
is 'ip protocol tcp tcp sport . tcp dport { 0-65535 . 1719, 1719 . 0-65535, 0-65535 . 1720, 1720 . 0-65535 }' \
    -p tcp -m multiport ! --ports 1719,1720
is 'ct status snat' -m conntrack --ctstate SNAT,DNAT
echo "as described: everything but the port becomes the port alone"
