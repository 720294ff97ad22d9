#!/bin/sh
# Reading the port of an ASA access list with ciscoconfparse2: a rule "deny tcp any any neq h323" keeps everything but
# call signalling out.
#
# Guess, before running: L4Object("tcp", "neq 1720") has 65,534 ports, all but 1720; the class has a branch for neq.
# Seen (ciscoconfparse2 0.9.18): it has one port, 1720, the same as "eq 1720", and the two compare equal. The words are
#   looked for one after another inside the text, and "eq " stands in "neq ". gt, lt and range are read as written.
# Exit status 1 when this changes.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
python3 -m venv "$here/venv"
"$here/venv/bin/pip" install --quiet --disable-pip-version-check ciscoconfparse2==0.9.18
cat > "$here/look.py" <<'EOF'
from ciscoconfparse2.ccp_util import L4Object


def ports(words):
    return L4Object(protocol="tcp", port_spec=words, syntax="asa")


for words in ("eq 1720", "neq 1720", "range 61440 61444", "gt 65000"):
    found = ports(words).port_list
    print(f"{words:18} {len(found):5} ports, the first {found[0]}")
assert ports("neq 1720").port_list == [1720], "neq is read otherwise now"
assert ports("neq 1720") == ports("eq 1720"), "neq no longer equals eq"
assert len(ports("range 61440 61444").port_list) == 5
EOF
"$here/venv/bin/python" "$here/look.py" 2>/dev/null
echo "as described: neq is read as eq"
