"""Firewall rules the tests load, and packets they send through them."""

import select
import socket
from ipaddress import IPv4Address

from ringfence.lab.topology import Lab
from support.lab.sites import GATEKEEPER, PHONE

RAS = 1719
LOG_GROUP = 5


def ruleset(*rules: str) -> str:
    """A forward chain that drops what no rule accepts, and logs it."""
    lines = "\n".join(f"    {rule}" for rule in rules)
    return f"""
table inet ringfence {{
  chain forward {{
    type filter hook forward priority filter; policy drop;
{lines}
    log prefix "denied" group {LOG_GROUP} counter comment "denied"
  }}
}}
"""


ESTABLISHED = 'ct state established accept comment "established"'
RAS_RULE = f'ip saddr {PHONE.ip} ip daddr {GATEKEEPER.ip} udp dport {RAS} counter accept comment "ras"'


def udp(lab: Lab, node: str, address: IPv4Address, port: int) -> socket.socket:
    """A bound UDP socket in the node."""
    opened = lab[node].socket(socket.AF_INET, socket.SOCK_DGRAM)
    lab.on_close(opened.close)
    opened.bind((str(address), port))
    return opened


def arrives(sender: socket.socket, receiver: socket.socket) -> bool:
    """Does a datagram get from one bound socket to the other? Silence counts after 20 ms."""
    sender.sendto(b"?", receiver.getsockname())
    if not select.select([receiver], [], [], 0.02)[0]:
        return False
    receiver.recv(100)
    return True
