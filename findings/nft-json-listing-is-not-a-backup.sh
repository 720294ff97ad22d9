#!/bin/sh
# A backup of a firewall before a change: nft -j list ruleset > backup.json, and nft -j -f backup.json to go back.
#
# Guess, before running: what nft writes as JSON it reads as JSON; if anything is lost it is a comment.
# Seen (nftables 1.0.6-2+deb12u2 of Debian 12, kernel 6.18): three valid rule sets that load as text, and whose
#   text listing loads again, are refused when their JSON listing is loaded, whole, with an error that names no
#   line ("internal:0:0-0"), so that the machine is left without any rule after the flush:
#     a verdict map that jumps to a chain      "No such file or directory": the map is listed before its chain
#     a netdev chain on a device               "Missing `device'": the listing writes "dev", the reader wants "device"
#     a synproxy object                        "Unknown object": it is listed and not known to the reader
#   The text listing is the one to keep. (A table's and a chain's own comment, too, are in the text only.)
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

cat > map <<'EOF'
table inet site {
	map by_port {
		type inet_service : verdict
		elements = { 1719 : accept, 1720 : jump signalling }
	}
	chain signalling {
		accept
	}
	chain passing {
		type filter hook forward priority filter; policy drop;
		udp dport vmap @by_port
	}
}
EOF
cat > netdev <<'EOF'
table netdev site {
	chain arriving {
		type filter hook ingress device "lo" priority 0; policy accept;
		vlan id 20 drop
	}
}
EOF
cat > synproxy <<'EOF'
table ip site {
	synproxy signalling {
		mss 1460
		wscale 7
		timestamp sack-perm
	}
	chain passing {
		type filter hook forward priority filter; policy accept;
		tcp dport 1720 synproxy name "signalling"
	}
}
EOF
cat > again <<'EOF'
$NFT -f "$1" || exit 3
$NFT list ruleset > text
$NFT -j list ruleset > json
$NFT flush ruleset
if $NFT -j -f json 2> why; then echo "JSON loads"; else head -n 1 why; fi
$NFT flush ruleset
$NFT -f text && echo "text loads"
EOF
changed=
for rules in map netdev synproxy; do
    said=$(unshare --map-root-user --user --net sh again "$rules") || exit 3
    printf '%s: %s\n' "$rules" "$(echo "$said" | tr '\n' ' ')"
    case $said in *Error*"text loads"*) ;; *) changed=yes ;; esac
done
[ -z "$changed" ] || { echo "changed"; exit 1; }
echo "as described: three JSON listings that their own program refuses"
