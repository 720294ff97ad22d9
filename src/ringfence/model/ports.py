"""Which ports carry what at a site, for those who read captures."""

from dataclasses import dataclass

from ringfence.model.site import (
    DHCP_CLIENT_PORT,
    DHCP_SERVER_PORT,
    DISCOVERY_PORT,
    RAS_PORT,
    SIGNALLING_PORT,
    SIGNALLING_TLS_PORT,
)


@dataclass(frozen=True, slots=True)
class Ports:
    """Which ports carry what at this site. A site that moved one says so."""

    ras: frozenset[int] = frozenset({RAS_PORT, DISCOVERY_PORT})
    signalling: frozenset[int] = frozenset({SIGNALLING_PORT})
    signalling_tls: frozenset[int] = frozenset({SIGNALLING_TLS_PORT})
    # TLSPORT 411 is trade knowledge for start-up HTTPS of 96xx sets, not found in a manual: assumed.
    files: frozenset[int] = frozenset({80, 443, 411})
    # RFC 2131 section 4.1: no site moves these.
    dhcp: frozenset[int] = frozenset({DHCP_SERVER_PORT, DHCP_CLIENT_PORT})

    @property
    def datagrams(self) -> frozenset[int]:
        """Ports of UDP: RAS and DHCP."""
        return self.ras | self.dhcp

    @property
    def streams(self) -> frozenset[int]:
        """Ports of TCP: call signalling and files."""
        return self.signalling | self.signalling_tls | self.files
