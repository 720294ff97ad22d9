"""`TARGETS`, the table that everything outside reads. A firewall is added by a folder and its line here.

It is no part of the package's own module: a proof needs one firewall and would wait for all of them.
"""

from collections.abc import Mapping
from types import MappingProxyType

from ringfence.firewalls import (
    aerleon,
    aws,
    azure_nsg,
    checkpoint,
    cisco_asa,
    cisco_ios,
    cisco_zbf,
    csv,
    fortios,
    gcp,
    iptables,
    kubernetes,
    markdown,
    nftables,
    nsx,
    opnsense,
    panos,
    pf,
    routeros,
    srx,
)
from ringfence.firewalls.common.target import Target

# A text is recognised by the first row that knows it: where the words of one firewall are part of another's,
# the one with more words stands first.
_ROWS = (
    *nftables.TARGETS,
    *iptables.TARGETS,
    *panos.TARGETS,
    *fortios.TARGETS,
    *srx.TARGETS,
    *routeros.TARGETS,
    *pf.TARGETS,
    *opnsense.TARGETS,
    *cisco_asa.TARGETS,
    *cisco_ios.TARGETS,
    *cisco_zbf.TARGETS,
    *checkpoint.TARGETS,
    *aws.TARGETS,
    *azure_nsg.TARGETS,
    *gcp.TARGETS,
    *kubernetes.TARGETS,
    *nsx.TARGETS,
    *aerleon.TARGETS,
    *csv.TARGETS,
    *markdown.TARGETS,
)
TARGETS: Mapping[str, Target] = MappingProxyType({row.name: row for row in _ROWS})
