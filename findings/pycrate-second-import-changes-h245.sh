#!/bin/sh
# An oracle for H.323 messages: pycrate brings H.225.0 (with the H.245 that it refers to) and H.245 as two modules.
#
# Guess, before running: pycrate_asn1dir.H225 and pycrate_asn1dir.H245 are independent; importing the second adds
#   names of its own.
# Seen (pycrate 0.8.1): both register a module MULTIMEDIA-SYSTEM-CONTROL in one global table, of different editions.
#   Importing H245 replaces the entry that H225 made: looked up through H225.GLOBAL.MOD, the parameters of an
#   acknowledged logical channel have a component multiplePayloadStream afterwards that they did not have before.
#   What a program looks up depends on what some other part of it imported first.
# Exit status 1 when this changes.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
python3 -m venv "$here/venv"
"$here/venv/bin/pip" install --quiet --disable-pip-version-check pycrate==0.8.1 setuptools==75.8.0
cat > "$here/look.py" <<'EOF'
from pycrate_asn1dir import H225


def components():
    module = H225.GLOBAL.MOD["MULTIMEDIA-SYSTEM-CONTROL"]
    return list(module["H2250LogicalChannelAckParameters"]._cont)


before = components()
from pycrate_asn1dir import H245  # noqa: E402, F401

after = components()
print("before", before)
print("after ", after)
assert "multiplePayloadStream" not in before, "the H.245 of H225 changed"
assert "multiplePayloadStream" in after, "the second import no longer replaces it"
EOF
"$here/venv/bin/python" "$here/look.py"
echo "as described: importing H245 changes what H225 has of H.245"
