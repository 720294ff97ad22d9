"""Hosts with an IP stack of their own on one real Ethernet interface: many MAC addresses, any VLAN.

`network.EthernetNetwork` is the whole surface. The stack is the simulator's, run by a real clock; the kernel
only carries frames. So a handset needs no address, no VLAN device and no namespace on this computer, and ten
thousand of them need one socket.
"""
