"""The firewall that the lab loads into the kernel; `rules` writes for it unless told otherwise."""

from ringfence.firewalls import nftables

KERNEL = nftables.TARGETS[0]
