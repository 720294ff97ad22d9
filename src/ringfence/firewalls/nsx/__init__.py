"""VMware NSX-T."""

from ringfence.firewalls.common.target import Target
from ringfence.firewalls.nsx import write

TARGETS = (
    Target(name="nsx", title="NSX-T", capability=write.CAPABILITY, write=write.write, insert=write.insert),
)
