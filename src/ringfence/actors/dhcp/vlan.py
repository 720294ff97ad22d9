"""Which VLAN a phone uses: L2Q, L2QVLAN and VLANTEST (96x1 H.323 administrator guide 2018, p. 104)."""

from dataclasses import dataclass, replace

from ringfence.model.defaults import VLANTEST
from ringfence.wire.phone_options import L2Q, PhoneParameters

# A scope that sends phones to a VLAN whose scope sends them back never lets them rest. How often a real
# phone goes round is not documented; this many moves, then it stays where it is (assumed).
MOST_MOVES = 4


@dataclass(frozen=True, slots=True)
class VlanState:
    """What a phone knows about VLANs; it outlives leases.

    `dead` are the VLANs on which VLANTEST expired: not tried again until a person resets the phone.
    `by_lldp`: LLDP has set L2Q and L2QVLAN, so DHCP may not (same guide, p. 55).
    """

    l2q: L2Q = L2Q.AUTO
    l2qvlan: int = 0
    vlantest: int = VLANTEST
    dead: frozenset[int] = frozenset()
    by_lldp: bool = False

    @property
    def vlan(self) -> int:
        """The VLAN for DHCP now; 0: untagged, or tagged with VID 0, which a switch treats alike."""
        return 0 if self.l2q is L2Q.OFF else self.l2qvlan

    @property
    def patience(self) -> float | None:
        """Seconds to wait for an OFFER; None: for ever (VLANTEST=0, or not on a voice VLAN)."""
        return float(self.vlantest) if self.vlan and self.vlantest else None

    def told(self, phone: PhoneParameters) -> "VlanState":
        """After an ACK with these parameters. A dead VLAN, or VLAN 0, changes nothing."""
        vlantest = self.vlantest if phone.vlantest is None else phone.vlantest
        if self.by_lldp:
            return replace(self, vlantest=vlantest)
        named = phone.l2qvlan
        return replace(
            self,
            l2q=self.l2q if phone.l2q is None else phone.l2q,
            l2qvlan=named if named and named not in self.dead else self.l2qvlan,
            vlantest=vlantest,
        )

    def assigned(self, vlan: int) -> "VlanState":
        """After a network policy of LLDP-MED; VLAN 0: untagged."""
        return replace(self, l2q=L2Q.ON if vlan else L2Q.OFF, l2qvlan=vlan, by_lldp=True)

    def expired(self) -> "VlanState":
        """VLANTEST seconds without an OFFER: back to no VLAN, and never here again."""
        return replace(self, l2qvlan=0, dead=self.dead | {self.l2qvlan})
