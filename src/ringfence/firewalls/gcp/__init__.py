"""Google Cloud VPC firewall rules."""

from ringfence.firewalls.common.profile import Profile
from ringfence.firewalls.common.target import Configuration, Sample, Target, by_resource, deferred
from ringfence.firewalls.gcp import write

_IN_TERRAFORM = by_resource("google_compute_firewall")


def _rules(sample: Sample) -> bool:
    """Terraform, the effective firewalls of a network, or a list of rules."""
    if sample.keys is not None and '"compute#firewall' in sample.head:
        return True
    return _IN_TERRAFORM(sample) or (sample.keys is not None and '"firewallPolicys"' in sample.head)


# VPC documentation, firewall rules, specifications: what has no packet for ten minutes is not tracked.
_TRACKING = Profile(udp=600, tcp=600)

TARGETS = (
    Target(
        name="gcp",
        title="GCP",
        capability=write.CAPABILITY,
        write=write.write,
        insert=write.insert,
        configuration=Configuration(
            what="Google Cloud firewall rules (gcloud JSON, or Terraform as text, plan or state)",
            take="gcloud compute networks get-effective-firewalls <NETWORK> --format=json",
            recognise=_rules,
            read=deferred(f"{__name__}.read", "read"),
        ),
        profile=_TRACKING,
    ),
)
