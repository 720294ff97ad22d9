"""One file per firewall: the rules in its own syntax, with the commands to apply, verify and take back.

`WRITERS[target](policy, device)` renders; what a target cannot say is refused, and only an accepted widening
(`Device.widen`) makes a rule wider than stated. `nftables_read` reads a running ruleset back.
"""

from ringfence.policy.dialects import nftables
from ringfence.policy.dialects.document import Writer

WRITERS: dict[str, Writer] = {
    "nftables": nftables.write,
}
