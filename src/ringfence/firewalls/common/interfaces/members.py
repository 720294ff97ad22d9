"""Interfaces that are made of others, such as a bundle of links or the routed interface of a VLAN.

One passes packets as long as enough of its members do. What belongs to which is each firewall's own to read.
"""

from collections.abc import Iterable

from ringfence.firewalls.common.behind import Down

EVERY_MEMBER = "every port that it is made of is down"


def members_down(members: Iterable[Down | None], least: int = 1) -> Down | None:
    """Why an interface of these members is down; None while `least` of them are up, or it has none."""
    found = list(members)
    off = next((one for one in found if one is not None), None)
    if off is None or sum(one is None for one in found) >= least:
        return None
    return off._replace(why=EVERY_MEMBER if least == 1 else f"fewer than {least} ports of it are up")
