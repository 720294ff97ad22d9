"""Google Cloud VPC firewall rules."""

from ringfence.firewalls.common.target import Target
from ringfence.firewalls.gcp import write

TARGETS = (
    Target(name="gcp", title="GCP", capability=write.CAPABILITY, write=write.write, insert=write.insert),
)
