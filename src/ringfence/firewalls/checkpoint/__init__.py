"""Check Point R80 and later."""

from ringfence.firewalls.checkpoint import write
from ringfence.firewalls.common.local import Local
from ringfence.firewalls.common.profile import Profile
from ringfence.firewalls.common.target import Configuration, Sample, Target, deferred

# Global properties, stateful inspection: UDP virtual sessions 40 s, TCP sessions one hour, ICMP 30 s.
_STATE = Profile(udp=40, tcp=3600, icmp=30)


def _rule_base(sample: Sample) -> bool:
    """One document, or several one behind the other, which are no JSON together."""
    signs = ('"objects-dictionary"', '"rulebase"')
    return sample.head.lstrip()[:1] in {"{", "["} and all(sign in sample.head for sign in signs)


TARGETS = (
    Target(
        name="checkpoint",
        title="Check Point",
        capability=write.CAPABILITY,
        write=write.write,
        insert=write.insert,
        configuration=Configuration(
            what="Check Point access rule bases (show access-rulebase, JSON)",
            take="mgmt_cli show access-rulebase name <LAYER> limit 500 details-level full "
            "dereference-group-members true --format json",
            recognise=_rule_base,
            read=deferred(f"{__name__}.read", "read"),
        ),
        profile=_STATE,
        local=Local(
            inward=True,
            outward=True,
            notes=(
                "the rule base judges what the gateway itself sends and receives: the rules own-* are for "
                "its relay agent; the phones' broadcasts need a rule from 0.0.0.0 to 255.255.255.255, "
                "service dhcp-request, where no implied rule accepts them",
            ),
        ),
    ),
)
