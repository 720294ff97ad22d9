"""The programs that relay or serve DHCP on a Linux firewall."""

from enum import StrEnum


class DhcpDaemon(StrEnum):
    """The program that is relay agent or DHCP server on a Linux firewall: each meets other chains there."""

    DHCRELAY = "dhcrelay"
    DHCPD = "dhcpd"
    KEA = "kea"
    DNSMASQ = "dnsmasq"
    NETWORKD = "networkd"
