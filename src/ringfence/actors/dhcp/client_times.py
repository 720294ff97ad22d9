"""How long a phone's DHCP client waits, and how often it asks. Seconds, where nothing else is said."""

ROUND = 5  # DISCOVERs before a round counts as failed: 4+8+16+32+64 s (RFC 2131 section 4.1)
REBOOTS = 3  # REQUESTs after a link loss before the lease is used on unconfirmed, assumed
REQUESTS = 4  # REQUESTs for one OFFER before starting again (RFC 2131 section 3.1 step 5)
EXTEND_MINIMUM = 60.0  # seconds between REQUESTs of renewing and rebinding (RFC 2131 section 4.4.5)
EXPIRED_RETRY = 60.0  # seconds, DHCPSTD=0 (Installing and Administering 96x1 SIP, 2020, p. 29)
NAK_PAUSE = 3.0  # seconds before the next DISCOVER, assumed: a server that always refuses must not spin us
RELEASE_PAUSE = 0.5  # seconds for the RELEASE to get out before the tag changes, assumed
CONFIGURE_PATIENCE = 5.0  # seconds for the host to take an address, assumed; then no RELEASE is sent
