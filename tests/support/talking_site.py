"""A site whose phones talk, in few words: two groups, a gateway, five hosts that look after phones."""

TALKING = """
site: talking
zones:
  branch: [10.20.0.0/24, 10.255.0.0/29]
  hq: [10.30.0.0/24, 10.255.1.0/29]
  servers: 10.1.0.0/24
  management: 10.9.0.0/24
firewalls:
  edge: [10.255.0.2, 10.255.1.2, 10.1.0.1, 10.9.0.1]
servers:
  dhcp: 10.1.0.10
  gatekeepers: 10.1.0.30
media:
  ports: 2048-3329
  gateways: {name: g450, address: 10.1.0.40}
monitoring:
  rtcp: 10.9.0.50
  snmp: 10.9.0.51
  syslog: 10.9.0.52
  ssh: 10.9.0.53
  dns: 10.1.0.53
all_phones: {signalling: gatekeeper}
phones:
  branch: {voice: {network: 10.20.0.0/24, router: 10.20.0.1}, relay: 10.255.0.1}
  hq: {voice: {network: 10.30.0.0/24, router: 10.30.0.1}, relay: 10.255.1.1}
"""
