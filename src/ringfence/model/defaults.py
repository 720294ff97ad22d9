"""Every default port and timer of the product, once, with where it comes from. Times are in seconds.

What a site file, a machine or a command line takes when nobody says otherwise. A number that only one
module knows (a retry, a buffer) stays there; one that two modules must agree on stands here.
"""

from ipaddress import IPv4Address

from ringfence.model.address import PortRange

# RFC 2131 section 4.1: no site moves these.
DHCP_SERVER_PORT = 67
DHCP_CLIENT_PORT = 68

# H.225.0 Appendix IV: well-known RAS and discovery ports, and the discovery group.
RAS_PORT = 1719
DISCOVERY_PORT = 1718
DISCOVERY_GROUP = IPv4Address("224.0.1.41")
SIGNALLING_PORT = 1720
SIGNALLING_TLS_PORT = 1300  # 96x1 H.323 administrator guide (2018) p. 34; registered as h323hostcallsc

# 1600 R1.0 administrator guide p. 28: fixed. 96x1 (2018) p. 34: any unused port of 49300-49309.
RAS_SOURCE_FIXED = PortRange(49300, 49300)
RAS_SOURCE_ANY = PortRange(49300, 49309)

# FIELD_REPORT: where a gatekeeper with time-to-service opens call signalling from. Administered per network
# region, so a site file says its own.
GATEKEEPER_SOURCE_PORTS = PortRange(61440, 61444)

TFTP_PORT = 69  # RFC 1350 section 4
DNS_PORT = 53  # RFC 1035 section 4.2
HTTP_PORT = 80  # 96x1 H.323 administrator guide (2018) p. 33: HTTPPORT
HTTPS_PORT = 443
TLSPORT = 411  # of start-up HTTPS of 96xx sets; trade knowledge, not found in a manual: assumed

# Linux 5.1 and later, net/netfilter/nf_conntrack_proto_udp.c (6.18 measured): a UDP flow is forgotten after
# 30 s. Once both sides have spoken, a packet more than 2 s after the first makes it a stream, forgotten after
# 120 s. RFC 4787 section 4.3 asks every translator for 120 s or more.
UDP_STATE = 30
UDP_STREAM_STATE = 120
ICMP_STATE = 30
TCP_STATE = 432_000  # 5 days

REFRESH = 1200  # a login reply of Communication Manager 18: the handset registers anew
ECHO_INTERVAL = 900  # FIELD_REPORT, the post: every 15 minutes
NOTIFY_AFTER = 600  # assumed: longer than any UDP timer of a firewall
LEASE = 28_800  # assumed: 8 hours
# The DHCP option of the phones' own string: of 96xx and 16xx sets, and of 46xx (4600 LAN guide).
SITE_OPTION = 242
SITE_OPTION_46XX = 176
VLANTEST = 60  # 96x1 H.323 administrator guide (2018) p. 104

# TCP keep-alive of call signalling: idle time, interval, probes (a login reply of Communication Manager 18).
KEEPALIVE_IDLE = 20
KEEPALIVE_INTERVAL = 5
KEEPALIVE_PROBES = 5

# Q.931 tables 9-1 and 9-2: from Setup to any answer 4 s; from CallProceeding to Alerting 30 to 120 s on the
# user's side (the network's 10 s are too short for a gateway that has to get through the telephone network
# first); of ringing at least 3 min.
T303 = 4
T310 = 120
T301 = 180
SETUP_WAIT = 30  # assumed: how long a connection may stay without a Setup

CLOCK_TOLERANCE = 600  # assumed: how far the clocks of two sides of RAS security may differ
