"""One file per firewall: the rules in its own syntax, with the commands to apply, verify and take back.

`WRITERS[target](policy, device)` renders; what a target cannot say is refused, and only an accepted widening
(`Device.widen`) makes a rule wider than stated. `CAPABILITIES` is the table of what each target can say.
`nftables_read` reads a running ruleset back.
"""

from ringfence.policy.dialects import (
    aws_nacl,
    aws_sg,
    azure_nsg,
    checkpoint,
    cisco_asa,
    cisco_ios,
    cisco_zbf,
    exports,
    fortios,
    gcp,
    iptables,
    kubernetes,
    nftables,
    nsx,
    opnsense,
    panos,
    pf,
    routeros,
    srx,
)
from ringfence.policy.dialects.capability import Capability
from ringfence.policy.dialects.document import Writer

_TABLE: tuple[tuple[Capability, Writer], ...] = (
    (nftables.CAPABILITY, nftables.write),
    (iptables.CAPABILITY, iptables.write),
    (pf.CAPABILITY, pf.write),
    (opnsense.CAPABILITY, opnsense.write),
    (cisco_asa.CAPABILITY, cisco_asa.write),
    (cisco_ios.CAPABILITY, cisco_ios.write),
    (cisco_zbf.CAPABILITY, cisco_zbf.write),
    (panos.CAPABILITY, panos.write),
    (fortios.CAPABILITY, fortios.write),
    (srx.CAPABILITY, srx.write),
    (checkpoint.CAPABILITY, checkpoint.write),
    (routeros.CAPABILITY, routeros.write),
    (aws_sg.TERRAFORM, aws_sg.write_terraform),
    (aws_sg.JSON, aws_sg.write_json),
    (aws_nacl.TERRAFORM, aws_nacl.write_terraform),
    (aws_nacl.JSON, aws_nacl.write_json),
    (azure_nsg.CAPABILITY, azure_nsg.write),
    (gcp.CAPABILITY, gcp.write),
    (kubernetes.CAPABILITY, kubernetes.write),
    (nsx.CAPABILITY, nsx.write),
    (exports.AERLEON, exports.write_aerleon),
    (exports.CSV, exports.write_csv),
    (exports.MARKDOWN, exports.write_markdown),
)

WRITERS: dict[str, Writer] = {capability.target: writer for capability, writer in _TABLE}
CAPABILITIES: dict[str, Capability] = {capability.target: capability for capability, _ in _TABLE}
