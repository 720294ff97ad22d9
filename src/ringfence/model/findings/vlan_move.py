"""VLAN_MOVE: the lease on the voice VLAN."""

from ringfence.model.findings import Code, Severity
from ringfence.model.stage import Stage

VLANTEST_EXPIRED = Code(
    "VLANTEST_EXPIRED",
    Severity.FAILURE,
    Stage.VLAN_MOVE,
    "No OFFER on the voice VLAN for VLANTEST seconds: the handset goes back and does not try this VLAN "
    "again until it is reset by hand.",
    "DHCP of the voice VLAN: its relay, its scope, and the rules for that relay's giaddr. Then reset the "
    "handset's values.",
)

VLAN_DEAD = Code(
    "VLAN_DEAD",
    Severity.WARNING,
    Stage.VLAN_MOVE,
    "The lease names a VLAN on which VLANTEST has expired before. The handset stays where it is.",
    "DHCP on that VLAN; when it works, reset the handset's values.",
)

VLAN_MOVE_ABSENT = Code(
    "VLAN_MOVE_ABSENT",
    Severity.FAILURE,
    Stage.VLAN_MOVE,
    "The first lease names a voice VLAN, and no DHCP on that VLAN follows.",
    "Whether the switch port carries the voice VLAN tagged, and whether that VLAN has a relay.",
)

VLAN_LOOP = Code(
    "VLAN_LOOP",
    Severity.WARNING,
    Stage.VLAN_MOVE,
    "The handset changes between VLANs repeatedly without a restart: the voice VLAN's scope sends it to "
    "another VLAN, or it gets no address there and retries.",
    "L2QVLAN in the options of both scopes, and DHCP on the voice VLAN.",
)

VLAN_NOT_SET = Code(
    "VLAN_NOT_SET",
    Severity.FAILURE,
    Stage.VLAN_MOVE,
    "The handset was told to use a VLAN that its switch port does not carry.",
    "L2QVLAN in option 242/176 against the VLANs of the port.",
)
