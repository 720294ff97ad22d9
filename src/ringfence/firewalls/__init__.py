"""One file per firewall: the rules in its own syntax, with the commands to apply, verify and take back.

`WRITERS[target](policy, device)` renders; what a target cannot say is refused, and only an accepted widening
(`Device.widen`) makes a rule wider than stated. `CAPABILITIES` is the table of what each target can say.
`nftables_read` reads a running ruleset back.
"""

from ringfence.firewalls import exports
from ringfence.firewalls.aws import nacl as aws_nacl
from ringfence.firewalls.aws import sg as aws_sg
from ringfence.firewalls.azure_nsg import write as azure_nsg
from ringfence.firewalls.checkpoint import write as checkpoint
from ringfence.firewalls.cisco_asa import write as cisco_asa
from ringfence.firewalls.cisco_ios import write as cisco_ios
from ringfence.firewalls.cisco_zbf import write as cisco_zbf
from ringfence.firewalls.common.capability import Capability
from ringfence.firewalls.common.document import Writer
from ringfence.firewalls.fortios import write as fortios
from ringfence.firewalls.gcp import write as gcp
from ringfence.firewalls.iptables import write as iptables
from ringfence.firewalls.kubernetes import write as kubernetes
from ringfence.firewalls.nftables import write as nftables
from ringfence.firewalls.nsx import write as nsx
from ringfence.firewalls.opnsense import write as opnsense
from ringfence.firewalls.panos import write as panos
from ringfence.firewalls.pf import write as pf
from ringfence.firewalls.routeros import write as routeros
from ringfence.firewalls.srx import write as srx

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
