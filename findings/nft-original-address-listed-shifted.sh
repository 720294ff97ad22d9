#!/bin/sh
# Saving an nftables rule set that looks at where a connection came from before translation.
#
# Guess, before running: "ct original saddr 192.0.2.0/24" and "ct original ip saddr 192.0.2.0/24" are two spellings of
#   one match (nft(8): "saddr" with the family of the table), and both are listed as loaded.
# Seen (nftables 1.0.6 of Debian 12): the first, in a table of family ip, is listed as
#   "ct original ip saddr 0.192.0.2" where the prefix is 8, 16 or 24 long, in the text and in JSON; with /25 or a single
#   address it is right. What nft list prints, loaded again, matches another address.
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
table ip filter {
    chain forward {
        type filter hook forward priority 0; policy accept;
        ct original saddr 192.0.2.0/24 comment "old /24"
        ct original ip saddr 192.0.2.0/24 comment "new /24"
        ct original saddr 192.0.2.128/25 comment "old /25"
        ct original saddr 192.0.2.9 comment "old host"
        ct original saddr 10.0.0.0/8 comment "old /8"
    }
}
RULES
"$NFT" list ruleset
EOF
unshare -n sh load | grep comment | tee seen
is() { grep -qF "ct original ip saddr $2 comment \"$1\"" seen || { echo "$1 is listed otherwise now"; exit 1; }; }
is "old /24" 0.192.0.2
is "new /24" 192.0.2.0/24
is "old /25" 192.0.2.128/25
is "old host" 192.0.2.9
is "old /8" 0.0.0.10
echo "as described: the older spelling of a whole-octet prefix is listed as another address"
