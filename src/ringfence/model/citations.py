"""What the flows of the procedure are known from: one citation for each statement about the wire."""

from ringfence.model.flow import Basis, Evidence

RELAY_PORTS = Basis(
    Evidence.STANDARD,
    "RFC 2131 section 4.1 and RFC 1542 section 4: a relay agent sends to port 67 and is answered on port 67",
)
RELAY_MEASURED = Basis(
    Evidence.MEASURED, "ISC dhcrelay, dnsmasq, Kea, ISC dhcpd: 67 -> 67 both ways, port 68 never on this leg"
)
RELAY_UPLINK = Basis(
    Evidence.MEASURED,
    "ISC dhcrelay asks from the address of its uplink; AlaxalA AX3660S guide section 5.1.3 too",
)
RELAY_AT_GIADDR = Basis(
    Evidence.MEASURED, "dnsmasq asks from giaddr, so the answer has the addresses of the request exchanged"
)
ASKED_BY_BROADCAST = Basis(
    Evidence.STANDARD,
    "RFC 2131 section 4.1: a client without an address asks from 0.0.0.0 by broadcast, and is answered at "
    "port 68 of its new address or of all hosts",
)
LOCAL_HOOKS = Basis(
    Evidence.MEASURED,
    "Linux 6.18, ISC dhcrelay 4.4, dnsmasq 2.90, systemd-networkd 252, ISC dhcpd 4.4, Kea 2.2: the chains "
    "in which each one's packets are counted, and what stops when one drops",
)
UNICAST_RENEWAL = Basis(
    Evidence.STANDARD, "RFC 2131 sections 4.3.2 and 4.4.5: at T1 the client asks its server by unicast"
)
UNICAST_RELEASE = Basis(Evidence.STANDARD, "RFC 2131 section 4.4.4: DHCPRELEASE is unicast to the server")
VLAN_RELEASE = Basis(
    Evidence.VENDOR, "96x1 H.323 administrator guide (2018) p. 104: the address is released before re-tagging"
)
NAMES = Basis(Evidence.STANDARD, "RFC 1035 section 4.2.1: questions to udp port 53")
NAMES_TOLD = Basis(
    Evidence.VENDOR,
    "4600 LAN administrator guide: call and file servers may be names, asked for at the servers of option 6; "
    "96x1 guide (2018) p. 33: DNSSRVR, udp 53",
)
FILES = Basis(
    Evidence.VENDOR, "96x1 H.323 administrator guide (2018) p. 33: HTTPPORT 80, TLSPORT configurable"
)
TFTP_REQUEST = Basis(
    Evidence.STANDARD,
    "RFC 1350 section 4: requests go to port 69; 46xx sets ask TFTPSRVR (4600 LAN guide p. 51)",
)
TFTP_ANSWER = Basis(
    Evidence.STANDARD,
    "RFC 1350 section 4: each end chooses a port of its own, so the first block is no answer to a firewall",
)
POST = Basis(Evidence.FIELD_REPORT, "Painter, Avaya H.323 handset registration through a firewall")
MULTICAST = Basis(Evidence.STANDARD, "H.225.0 section 7.2 and Appendix IV: discovery group 224.0.1.41:1718")
MULTICAST_ANSWER = Basis(
    Evidence.MEASURED, "Linux conntrack: the unicast GCF does not match the state of the multicast GRQ"
)
RAS = Basis(Evidence.STANDARD, "H.225.0 Appendix IV: RAS on udp 1719")
RAS_FIXED = Basis(Evidence.VENDOR, "1600 R1.0 administrator guide p. 28: source port 49300, fixed")
RAS_RANGE = Basis(Evidence.VENDOR, "96x1 H.323 administrator guide (2018) p. 34: any unused port 49300-49309")
UNICAST_GRQ = Basis(
    Evidence.CAPTURE, "traces of 1608 and 9608 sets: a unicast GRQ comes first, the GCF carries the challenge"
)
REFRESH = Basis(
    Evidence.CAPTURE, "a login reply of Communication Manager 18: primary registration timer 1200 s"
)
GATEKEEPER_RAS = Basis(
    Evidence.STANDARD, "H.225.0 sections 7.10 and 7.14: the gatekeeper may send URQ, IRQ or NSM at any time"
)
STATE_AGES = Basis(
    Evidence.MEASURED,
    "Linux 6.18: UDP state expires after 30 s; after 120 s once both sides have sent for more than 2 s",
)
TIME_TO_SERVICE = Basis(
    Evidence.VENDOR, "Avaya time-to-service: the near end establishes the TCP signalling socket"
)
GATEKEEPER_PORTS = Basis(
    Evidence.FIELD_REPORT, "source ports 61440-61444: the post only; administered per network region"
)
HANDSET_OPENS = Basis(
    Evidence.VENDOR, "1600 R1.0 administrator guide p. 28: the set connects to tcp 1720 after RCF"
)
HANDSET_OPENS_TLS = Basis(
    Evidence.VENDOR, "96x1 H.323 administrator guide (2018) p. 34: H.323 over TLS to tcp 1300"
)
ECHO = Basis(
    Evidence.FIELD_REPORT,
    "the post: every 15 minutes; the manuals only say that the call server may ask for pings",
)
RTP = Basis(
    Evidence.STANDARD,
    "RFC 3550 section 11: RTP on an even port, RTCP on the next one; 1600 R1.0 guide p. 28",
)
MEDIA_REGION = Basis(
    Evidence.VENDOR,
    "Communication Manager 10.2, network region fields: one range of UDP ports for gateways and phones, told "
    "to a phone when it registers",
)
REGION_PORTS = Basis(
    Evidence.CAPTURE, "a login reply of Communication Manager 18: 2048-3329; another range is administered"
)
IP_OFFICE_MEDIA = Basis(
    Evidence.VENDOR, "IP Office H.323 installation manual p. 28: 49152-53246; release 11 says 46750-50750"
)
MEDIA_1600 = Basis(
    Evidence.VENDOR, "1600 R1.0 administrator guide p. 28: an even port of 4000-10000 unless told another"
)
MEDIA_GATEWAYS = Basis(
    Evidence.VENDOR,
    "Communication Manager 10.2, Shuffled audio connections: tones, announcements, conferences and held "
    "calls go through a gateway",
)
MEDIA_DIRECT = Basis(
    Evidence.VENDOR,
    "Communication Manager 10.2, Shuffled audio connections: a two-party call is moved to the phones "
    "themselves; IP Office does so with Allow Direct Media Path",
)
MEDIA_SILENCE = Basis(
    Evidence.STANDARD,
    "RFC 3551 section 4.1: an end that suppresses silence sends nothing, so either may be the only one",
)
RTCP_MONITOR = Basis(
    Evidence.VENDOR,
    "96x1 H.323 administrator guide (2018) p. 35: copies leave from the RTCP port, unanswered",
)
RTCP_MONITOR_TOLD = Basis(
    Evidence.CAPTURE, "a login reply of Communication Manager 18: monitor port 5005, every 5 s"
)
SNMP = Basis(
    Evidence.VENDOR,
    "Avaya settings template (2022) line 7414: SNMPSTRING and SNMPADD, read only, off if empty",
)
SYSLOG = Basis(
    Evidence.VENDOR, "Avaya settings template (2022) line 7551: LOGSRVR; 96x1 guide (2018) p. 34: udp 514"
)
SSH = Basis(Evidence.VENDOR, "Avaya settings template (2022) line 7699: SSH_ALLOWED, 96x1 R6.2 and later")
DNS = Basis(Evidence.VENDOR, "96x1 H.323 administrator guide (2018) p. 33: DNSSRVR, udp 53")
PUSH = Basis(
    Evidence.VENDOR, "Avaya settings template (2022) line 5446: PUSHPORT 80, from hosts of TPSLIST alone"
)
WEB = Basis(
    Evidence.VENDOR, "Avaya settings template (2022) line 5603: WMLHOME, WMLPROXY; content of a push too"
)
BACKUP = Basis(Evidence.VENDOR, "Avaya settings template (2022) line 9030: BRURI, HTTP PUT and GET")
QTEST = Basis(Evidence.VENDOR, "Avaya settings template (2022) line 9627: QTESTRESPONDER, echo on udp 7")
SLA = Basis(Evidence.VENDOR, "Avaya settings template (2022) line 7918: SLMPORT 50011, SLMSRVR")
