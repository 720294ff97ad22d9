#!/bin/sh
# A rule that lets phones fetch firmware in working hours only, moved from iptables to nftables with the
# translator that comes with iptables.
#
# Guess, before running: iptables' time match counts in UTC unless --kerneltz is given, so iptables-translate
#   writes something that nftables takes as the same hours in UTC, or refuses (prints the rule as a comment,
#   as it does for what it cannot translate).
# Seen (iptables 1.8.9-2, nftables 1.0.6-2+deb12u2 of Debian 12): it prints meta hour "08:00:00"-"18:00:00" with
#   and without --kerneltz, and nft takes those as the local time of whoever loads the file. The same file is
#   compiled to three different comparisons in three time zones: loaded in Tokyo the rule stands for
#   23:00-09:00 UTC. The rule set that an engineer in New York loads opens five hours later than the one it
#   was translated from. The offset of the day of loading is fixed then: no later change of summer time moves it.
# Exit status 1 when this changes; 3 where packages or namespaces are not to be had.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
cd "$here"
apt-get download -qq iptables=1.8.9-2 libxtables12=1.8.9-2 libip4tc2=1.8.9-2 libip6tc2=1.8.9-2 \
    nftables=1.0.6-2+deb12u2 libnftables1=1.0.6-2+deb12u2 libnftnl11=1.2.4-2 libmnl0=1.0.4-3 >/dev/null 2>&1 || exit 3
for package in ./*.deb; do dpkg -x "$package" root; done
libraries=$(dirname "$(find root -name 'libxtables.so.12' | head -n 1)")
export LD_LIBRARY_PATH="$here/$libraries" XTABLES_LIBDIR="$here/$libraries/xtables"
translate() { "$here/root/usr/sbin/xtables-nft-multi" iptables-translate "$@"; }

plain=$(translate -A FORWARD -p tcp --dport 80 -m time --timestart 08:00 --timestop 18:00 -j ACCEPT)
local_time=$(translate -A FORWARD -p tcp --dport 80 -m time --timestart 08:00 --timestop 18:00 --kerneltz -j ACCEPT)
echo "UTC (default): $plain"
echo "--kerneltz:    $local_time"
[ "$plain" = "$local_time" ] || { echo "changed: the two are told apart"; exit 1; }

rule=$(echo "$plain" | sed "s/^nft '//; s/'\$//")
printf 'add table ip filter\nadd chain ip filter FORWARD\n%s\n' "$rule" > rules.nft
compiled() {
    TZ=$1 unshare --map-root-user --user --net "$here/root/usr/sbin/nft" --debug=netlink -c -f rules.nft |
        sed -n '/meta load hour/,$p' | grep -E 'cmp (gte|lte)|range' | sort -u | tr -s ' \n' ' '
}
utc=$(compiled UTC0) || exit 3
east=$(compiled JST-9)
west=$(compiled EST5)
echo "UTC:      $utc"
echo "UTC+9:    $east"
echo "UTC-5:    $west"
[ "$utc" != "$east" ] && [ "$utc" != "$west" ] && [ "$east" != "$west" ] || {
    echo "changed: the zone of whoever loads the rule no longer matters"
    exit 1
}
echo "as described: hours in UTC become hours of wherever the file is loaded"
