"""Which ports carry what at a site, for those who read captures."""

from dataclasses import dataclass

from ringfence.model.defaults import (
    DHCP_CLIENT_PORT,
    DHCP_SERVER_PORT,
    DISCOVERY_PORT,
    HTTP_PORT,
    HTTPS_PORT,
    RAS_PORT,
    SIGNALLING_PORT,
    SIGNALLING_TLS_PORT,
    TLSPORT,
)


@dataclass(frozen=True, slots=True)
class Ports:
    """Which ports carry what at this site. A site that moved one says so."""

    ras: frozenset[int] = frozenset({RAS_PORT, DISCOVERY_PORT})
    signalling: frozenset[int] = frozenset({SIGNALLING_PORT})
    signalling_tls: frozenset[int] = frozenset({SIGNALLING_TLS_PORT})
    files: frozenset[int] = frozenset({HTTP_PORT, HTTPS_PORT, TLSPORT})
    dhcp: frozenset[int] = frozenset({DHCP_SERVER_PORT, DHCP_CLIENT_PORT})

    h245: frozenset[int] = frozenset()  # of separate H.245 channels, which every call names for itself
    tftp: frozenset[int] = frozenset()  # where requests go; what answers them bears no known port

    @property
    def datagrams(self) -> frozenset[int]:
        """Ports of UDP: RAS, DHCP and requests of TFTP."""
        return self.ras | self.dhcp | self.tftp

    @property
    def streams(self) -> frozenset[int]:
        """Ports of TCP: call signalling and files."""
        return self.signalling | self.signalling_tls | self.files
