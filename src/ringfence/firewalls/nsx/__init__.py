"""VMware NSX-T security policies."""

from ringfence.firewalls.common.target import Configuration, Sample, Target, deferred
from ringfence.firewalls.nsx import write

_SIGNS = ('"SecurityPolicy"', '"ChildSecurityPolicy"')


def _policies(sample: Sample) -> bool:
    return sample.keys is not None and any(sign in sample.head for sign in _SIGNS)


TARGETS = (
    Target(
        name="nsx",
        title="NSX-T",
        capability=write.CAPABILITY,
        write=write.write,
        insert=write.insert,
        configuration=Configuration(
            what="NSX-T security policies (JSON of the policy API)",
            take='curl -u <USER> "https://<MANAGER>/policy/api/v1/infra?filter='
            'Type-Domain|SecurityPolicy|Rule|Group|Service"',
            recognise=_policies,
            read=deferred(f"{__name__}.read", "read"),
        ),
    ),
)
