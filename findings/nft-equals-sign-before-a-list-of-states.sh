#!/bin/sh
# Stateful filtering hangs on one line: ct state established,related accept. Some write it with the operator that
# nft(8) says is implied, and some write its opposite, != established,related drop.
#
# Guess, before running: relational expressions default to ==, so the line means the same with and without it, and
#   != is the opposite of both.
# Seen (nftables 1.0.6-2+deb12u2 of Debian 12): three meanings.
#   ct state established,related      state & 6 != 0  either of them
#   ct state == established,related   state == 6      both at once, which no packet is: every answer is dropped
#   ct state != established,related   state != 6      every packet, established ones too
#   What was meant by the last is `ct state ! established,related` or a set in braces. The listing shows the
#   second as "established | related", which reads like the first.
# Exit status 1 when this changes; 3 where packages or namespaces are not to be had.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
cd "$here"
apt-get download -qq nftables=1.0.6-2+deb12u2 libnftables1=1.0.6-2+deb12u2 libnftnl11=1.2.4-2 libmnl0=1.0.4-3 \
    libjansson4=2.14-2 >/dev/null 2>&1 || exit 3
for package in ./*.deb; do dpkg -x "$package" root; done
LD_LIBRARY_PATH="$here/$(dirname "$(find root -name 'libnftables.so.1' | head -n 1)")"
export LD_LIBRARY_PATH NFT="$here/root/usr/sbin/nft"
unshare --map-root-user --user --net true 2>/dev/null || exit 3

compiled() {
    printf 'table inet site {\nchain passing {\ntype filter hook forward priority 0;\n%s\n}\n}\n' "$1" > rules
    unshare --map-root-user --user --net "$NFT" --debug=netlink -c -f rules |
        sed -n '/ct load state/,/immediate/p' | grep -E 'bitwise|cmp' | tr -s ' \n' ' '
}
implied=$(compiled 'ct state established,related accept')
equal=$(compiled 'ct state == established,related accept')
unequal=$(compiled 'ct state != established,related drop')
printf 'implied: %s\n==:      %s\n!=:      %s\n' "$implied" "$equal" "$unequal"
case $implied in *bitwise*'cmp neq reg 1 0x00000000'*) ;; *) echo "changed: implied"; exit 1 ;; esac
case $equal in *bitwise*) echo "changed: =="; exit 1 ;; *'cmp eq reg 1 0x00000006'*) ;; *) echo "changed: =="; exit 1 ;; esac
case $unequal in *bitwise*) echo "changed: !="; exit 1 ;; *'cmp neq reg 1 0x00000006'*) ;; *) echo "changed: !="; exit 1 ;; esac
echo "as described: an equals sign turns either of two states into both at once"
