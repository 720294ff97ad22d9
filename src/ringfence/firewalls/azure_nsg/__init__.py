"""Azure network security groups."""

from ringfence.firewalls.azure_nsg import write
from ringfence.firewalls.common.target import Target

TARGETS = (Target(name="azure-nsg", title="Azure", capability=write.CAPABILITY, write=write.write),)
