#!/bin/sh
# What brings a FortiOS configuration to the wanted one, computed by hier-config with its FortiOS platform: the running
# policies, the wanted ones, and the commands between them.
#
# Guess, before running: a policy that the wanted text lacks is removed with "delete N"; one that comes earlier in the
#   wanted text is moved with "move N before M". FortiOS has both, and there a policy above decides first.
# Seen (hier-config 3.7.1): a policy that should go is opened and left: "config firewall policy", "edit 1", nothing
#   inside. Its own forecast (future) still has the policy. Two policies in the other order: no commands at all. A
#   policy that should stand first is written as "edit 2" without a move, so FortiOS puts it last. Fields inside a
#   policy are set and unset as expected.
# Exit status 1 when this changes.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
python3 -m venv "$here/venv"
"$here/venv/bin/pip" install --quiet --disable-pip-version-check hier-config==3.7.1
cat > "$here/look.py" <<'EOF'
from hier_config import Platform, WorkflowRemediation, get_hconfig

FORTIOS = Platform.FORTINET_FORTIOS
GUESTS = """    edit 1
        set name "guests"
        set srcintf "phones"
        set dstintf "servers"
        set srcaddr "all"
        set dstaddr "all"
        set action deny
        set schedule "always"
        set service "ALL"
    next
"""
CALLS = GUESTS.replace("edit 1", "edit 2").replace("guests", "calls").replace("deny", "accept")


def policies(*blocks):
    return get_hconfig(FORTIOS, "config firewall policy\n" + "".join(blocks) + "end\n")


def between(running, wanted):
    commands = WorkflowRemediation(running, wanted).remediation_config
    return commands, [line.strip() for line in commands.dump_simple()]


commands, lines = between(policies(GUESTS, CALLS), policies(CALLS))
print("policy 1 should go:    ", lines)
assert lines == ["config firewall policy", "edit 1"], "removal is written otherwise now"
forecast = policies(GUESTS, CALLS).future(commands).dump_simple()
assert any('"guests"' in line for line in forecast), "the forecast no longer keeps the policy"
_, lines = between(policies(GUESTS, CALLS), policies(CALLS, GUESTS))
print("policy 2 should lead:  ", lines)
assert lines == [], "another order has commands now"
_, lines = between(policies(GUESTS), policies(CALLS, GUESTS))
print("policy 2 is new, first:", lines[:2], "...")
assert lines[:2] == ["config firewall policy", "edit 2"]
assert not any(line.startswith("move") for line in lines), "a new policy is moved now"
EOF
"$here/venv/bin/python" "$here/look.py"
echo "as described: no delete, no move"
