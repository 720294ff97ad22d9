#!/bin/sh
# Saving an nftables rule that bounds the source port from below and the destination port from above.
#
# Guess, before running: "tcp sport >= 1000 tcp dport <= 2000" is listed as written, as "sport > 1000 dport < 2000" is.
# Seen (nftables 1.0.6 of Debian 12): the kernel holds two comparisons (nft --debug=netlink shows them); the listing
#   has one, "tcp dport 1000-2000", and for "<" followed by ">" it has "tcp dport != 1000-2000". The first field is
#   gone; ip saddr and ip daddr are joined alike. What is saved, reviewed or loaded again is another rule.
# Exit status 1 when this changes; 3 where this nft or namespaces are not to be had.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
cd "$here"
apt-get download -qq nftables=1.0.6-2+deb12u2 libnftables1=1.0.6-2+deb12u2 libnftnl11=1.2.4-2 libmnl0=1.0.4-3 \
    libjansson4=2.14-2 libedit2=3.1-20221030-2 libbsd0=0.11.7-2 libmd0=1.0.4-2 >/dev/null 2>&1 || exit 3
for package in ./*.deb; do dpkg -x "$package" root; done
LD_LIBRARY_PATH=$(find root -name '*.so*' -exec dirname {} + | sort -u | sed "s|^|$here/|" | tr '\n' ':')
NFT="$here/root/usr/sbin/nft"
export LD_LIBRARY_PATH NFT
unshare -n true 2>/dev/null || exit 3
cat > load <<'EOF'
"$NFT" -f - <<'RULES'
table inet phones {
    chain forward {
        type filter hook forward priority 0; policy accept;
        tcp sport >= 1000 tcp dport <= 2000 comment "from, to"
        tcp sport < 1000 tcp dport > 2000 comment "below, above"
        ip saddr >= 192.0.2.1 ip daddr <= 192.0.2.9 comment "addresses"
        tcp sport > 1000 tcp dport < 2000 comment "above, below"
    }
}
RULES
"$NFT" list ruleset
"$NFT" --debug=netlink list ruleset > held
EOF
unshare -n sh load | grep comment | tee seen
is() { grep -qF "$2 comment \"$1\"" seen || { echo "\"$1\" is listed otherwise now"; exit 1; }; }
is "from, to" "		tcp dport 1000-2000"
is "below, above" "		tcp dport != 1000-2000"
is "addresses" "		ip daddr 192.0.2.1-192.0.2.9"
is "above, below" "tcp sport > 1000 tcp dport < 2000"
[ "$(sed -n '/gte/,/lte/p' held | grep -c 'payload load')" -ge 1 ] || { echo "the kernel holds something else"; exit 1; }
echo "as described: two fields are listed as a range of the second"
