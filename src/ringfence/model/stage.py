"""The stages of a handset's way from power-up to registered and kept alive, in order."""

from enum import StrEnum


class Stage(StrEnum):
    """One step that a handset either completes or stops at.

    The order of definition is the order of the procedure. `after` says which stages must have been
    reached before this one can begin; a stage whose predecessors failed is not reached, not failed.
    """

    ADDRESS = "address"  # first DHCP lease, through the relay
    RELEASE = "release"  # DHCPRELEASE of the first lease before re-tagging
    VLAN_MOVE = "vlan-move"  # second DHCP lease, on the voice VLAN
    PROVISION = "provision"  # upgrade and settings files over HTTP or HTTPS
    DISCOVER = "discover"  # GRQ / GCF
    REGISTER = "register"  # RRQ / RCF
    SIGNAL = "signal"  # the call-signalling TCP connection and its first exchange
    ECHO = "echo"  # ICMP echo between handset and gatekeeper
    RENEW = "renew"  # DHCP renewal at T1, unicast to the server
    NOTIFY = "notify"  # RAS opened by the gatekeeper after UDP state has aged
    KEEP_ALIVE = "keep-alive"  # the handset renews its registration after UDP state has aged

    @property
    def order(self) -> int:
        return _ORDER[self]

    @property
    def label(self) -> str:
        """The stage in a few words for a person."""
        return _TITLES[self]

    @property
    def after(self) -> frozenset["Stage"]:
        """The stages this one cannot begin without."""
        return _AFTER[self]


_ORDER = {stage: index for index, stage in enumerate(Stage)}

_TITLES = {
    Stage.ADDRESS: "address on the first VLAN",
    Stage.RELEASE: "release of the first address",
    Stage.VLAN_MOVE: "address on the voice VLAN",
    Stage.PROVISION: "upgrade and settings files",
    Stage.DISCOVER: "gatekeeper discovery",
    Stage.REGISTER: "registration",
    Stage.SIGNAL: "call-signalling channel",
    Stage.ECHO: "echo",
    Stage.RENEW: "lease renewal",
    Stage.NOTIFY: "gatekeeper-opened RAS",
    Stage.KEEP_ALIVE: "renewed registration",
}

# RELEASE is fire-and-forget (RFC 2131 section 4.4.6): its loss leaks a lease but stops nothing.
_AFTER: dict[Stage, frozenset[Stage]] = {
    Stage.ADDRESS: frozenset(),
    Stage.RELEASE: frozenset({Stage.ADDRESS}),
    Stage.VLAN_MOVE: frozenset({Stage.ADDRESS}),
    Stage.PROVISION: frozenset({Stage.ADDRESS, Stage.VLAN_MOVE}),
    Stage.DISCOVER: frozenset({Stage.ADDRESS, Stage.VLAN_MOVE, Stage.PROVISION}),
    Stage.REGISTER: frozenset({Stage.DISCOVER}),
    Stage.SIGNAL: frozenset({Stage.REGISTER}),
    Stage.ECHO: frozenset({Stage.REGISTER}),
    Stage.RENEW: frozenset({Stage.ADDRESS, Stage.VLAN_MOVE}),
    Stage.NOTIFY: frozenset({Stage.REGISTER}),
    Stage.KEEP_ALIVE: frozenset({Stage.REGISTER}),
}
