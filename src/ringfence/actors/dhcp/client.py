"""A phone's DHCP client: RFC 2131 section 4.4, and the move to the voice VLAN (`actors.vlan`).

The machine binds 0.0.0.0:68 once. It keeps asking for ever, as phones do; a `StageFailed` says that a
round went unanswered, not that it has stopped. The owner goes on when `settled` is a lease.
"""

from random import Random
from typing import TypeAlias, assert_never

from ringfence.actors.dhcp import client_times as times
from ringfence.actors.dhcp.client_send import CLIENT_SOCKET, Sender
from ringfence.actors.dhcp.client_states import (
    AfterLink,
    Bound,
    ClientSettings,
    ClientState,
    Init,
    NakReceived,
    Rebinding,
    Rebooting,
    Released,
    Releasing,
    Renewing,
    Requesting,
    Selecting,
)
from ringfence.actors.dhcp.lease import Lease, read_lease
from ringfence.actors.dhcp.vlan import MOST_MOVES, VlanState
from ringfence.actors.io import (
    NOTHING,
    AddressConfigured,
    BindFailed,
    Command,
    Commands,
    DatagramReceived,
    Event,
    LinkChanged,
    LogOff,
    Noted,
    SetVlan,
    StageFailed,
    StageReached,
    Started,
    TimeUp,
)
from ringfence.model.address import UNSPECIFIED
from ringfence.model.defaults import DHCP_CLIENT_PORT
from ringfence.model.errors import DecodeError
from ringfence.model.findings import Code, Finding
from ringfence.model.findings.address import (
    DHCP_MALFORMED,
    DHCP_OFFER_INCOMPLETE,
    DHCP_REFUSED,
    PHONE_OPTION_UNREADABLE,
)
from ringfence.model.findings.renew import DHCP_LEASE_EXPIRED, DHCP_LEASE_UNCONFIRMED, RENEWAL_RESCUED
from ringfence.model.findings.vlan_move import VLAN_DEAD, VLAN_LOOP, VLANTEST_EXPIRED
from ringfence.model.stage import Stage
from ringfence.wire.dhcp import DhcpMessage, Op, decode
from ringfence.wire.dhcp_options import LEASE_TIME, MESSAGE, SERVER_ID, DhcpMessageType

_Asking: TypeAlias = Requesting | Renewing | Rebinding | Rebooting


class DhcpClient:
    """`rng` draws transaction ids and the second of jitter on retransmissions."""

    def __init__(self, settings: ClientSettings, rng: Random, vlan: VlanState | None = None) -> None:
        self._settings = settings
        self._send = Sender(settings)
        self._rng = rng
        self._vlan = vlan or VlanState()
        self._stage = Stage.ADDRESS
        self._moves = 0
        self._state: ClientState = Init()

    @property
    def deadline(self) -> float | None:
        return self._state.deadline

    @property
    def vlan(self) -> VlanState:
        """Read it before power goes, give it to the next machine: what a phone keeps in NVRAM."""
        return self._vlan

    @property
    def lease(self) -> Lease | None:
        """The lease held now, even one about to be released for another VLAN."""
        match self._state:
            case Bound() | Renewing() | Rebinding() | Rebooting() | Releasing():
                return self._state.lease
            case _:
                return None

    @property
    def settled(self) -> Lease | None:
        """The lease, when the phone stays on its VLAN: time to look for files and gatekeepers."""
        return None if isinstance(self._state, Releasing) else self.lease

    @property
    def asking(self) -> bool:
        """A link that was away is back, and the server is being asked about the address."""
        return isinstance(self._state, Rebooting)

    def handle(self, event: Event, now: float) -> Commands:
        match event:
            case Started() if isinstance(self._state, Init):
                return (*self._set_vlan(0), self._send.bind(), *self._discover(now))
            case TimeUp():
                due = self._state.deadline
                return NOTHING if due is None or now < due else self._time_up(now)
            case DatagramReceived():
                return self._datagram(event, now)
            case AddressConfigured(address=address):
                state = self._state
                if isinstance(state, Releasing) and state.lease.address == address:
                    return self._release(state.lease, now)
                return NOTHING
            case BindFailed(local=local) if local == CLIENT_SOCKET:
                self._state = Init()
                return (StageFailed(Stage.ADDRESS, f"UDP port {DHCP_CLIENT_PORT} is taken on this host"),)
            case LinkChanged(up=True):
                return self._link_returned(now)
            case LogOff():
                return self._log_off()
            case _:
                return NOTHING

    def _time_up(self, now: float) -> Commands:
        match self._state:
            case Init():
                return NOTHING
            case Selecting() as state:
                return self._no_offer(state, now)
            case Requesting() as state:
                return self._no_ack(state, now)
            case Bound() | Renewing() | Rebinding() as state:
                return self._extend(state, now)
            case Rebooting() as state:
                return self._not_confirmed(state, now)
            case Releasing(lease=lease):
                self._state = Released(lease, now + times.RELEASE_PAUSE)
                return (StageFailed(Stage.RELEASE, f"{lease.address} was never configured: no RELEASE sent"),)
            case Released(lease=lease):
                return (self._send.remove(lease), *self._set_vlan(lease.vlan), *self._discover(now))
            case NakReceived():
                return self._discover(now)
            case other:
                assert_never(other)

    def _datagram(self, event: DatagramReceived, now: float) -> Commands:
        if event.destination.port != DHCP_CLIENT_PORT or not self._mine(event.interface):
            return NOTHING
        try:
            message = decode(event.data)
            if message.op != Op.BOOTREPLY or message.chaddr != self._settings.chaddr:
                return NOTHING
            return self._reply(message, now)
        except DecodeError as error:
            sentence = f"a DHCP message from {event.source} is not acceptable: {error}"
            return (self._note(DHCP_MALFORMED, sentence),)

    def _mine(self, interface: str) -> bool:
        return not interface or not self._settings.interface or interface == self._settings.interface

    def _reply(self, message: DhcpMessage, now: float) -> Commands:
        state = self._state
        if not isinstance(state, Selecting | Requesting | Renewing | Rebinding | Rebooting):
            return NOTHING
        if message.xid != state.xid:
            return NOTHING
        match state, message.message_type:
            case Selecting(), DhcpMessageType.OFFER:
                return self._offer(state, message, now)
            case Requesting(server_id=server_id), DhcpMessageType.ACK | DhcpMessageType.NAK:
                if message.get(SERVER_ID) != server_id:
                    return NOTHING
            case Renewing() | Rebinding() | Rebooting(), DhcpMessageType.ACK | DhcpMessageType.NAK:
                pass
            case _:
                return NOTHING
        if message.message_type is DhcpMessageType.NAK:
            return self._nak(state, message, now)
        return self._ack(state, message, now)

    # INIT and SELECTING

    def _discover(self, now: float) -> Commands:
        patience = self._vlan.patience
        until = None if patience is None else now + patience
        state = Selecting(self._rng.getrandbits(32), 0, now, until, now)
        return self._send_discover(state, now)

    def _send_discover(self, state: Selecting, now: float) -> Commands:
        self._state = state.again(now, self._rng)
        return (self._send.discover(state.xid, int(now - state.since)),)

    def _no_offer(self, state: Selecting, now: float) -> Commands:
        if state.until is not None and now >= state.until:
            return self._vlantest_expired(now)
        failed: Commands = NOTHING
        if state.tries == times.ROUND:
            where = f" on VLAN {self._vlan.vlan}" if self._vlan.vlan else ""
            failed = (StageFailed(self._stage, f"no OFFER{where} for {times.ROUND} DISCOVERs"),)
        return (*failed, *self._send_discover(state, now))

    def _vlantest_expired(self, now: float) -> Commands:
        dead = self._vlan.vlan
        self._vlan = self._vlan.expired()
        said = f"no OFFER on VLAN {dead} in {self._vlan.vlantest} s (VLANTEST)"
        self._stage = Stage.ADDRESS
        return (
            StageFailed(Stage.VLAN_MOVE, said),
            self._note(VLANTEST_EXPIRED, f"{said}: back to no VLAN, {dead} is not tried again"),
            *self._set_vlan(dead),
            *self._discover(now),
        )

    def _offer(self, state: Selecting, offer: DhcpMessage, now: float) -> Commands:
        server_id = offer.get(SERVER_ID)
        if server_id is None or offer.yiaddr == UNSPECIFIED:
            raise DecodeError("an OFFER without address (yiaddr) or server identifier (option 54)")
        if not offer.get(LEASE_TIME):
            # Administering 9601/9608 SIP, p. 52: not accepted.
            sentence = f"{server_id} offers {offer.yiaddr} without a lease time (option 51): ignored"
            return (self._note(DHCP_OFFER_INCOMPLETE, sentence),)
        # The REQUEST repeats secs of the DISCOVER (RFC 2131 section 4.4.1).
        secs = int(now - state.since)
        return self._send_request(Requesting(state.xid, 0, secs, offer.yiaddr, server_id, now, now), now)

    # REQUESTING

    def _send_request(self, state: Requesting, now: float) -> Commands:
        self._state = state.again(now, self._rng)
        return (self._send.request(state.xid, state.secs, state.address, state.server_id),)

    def _no_ack(self, state: Requesting, now: float) -> Commands:
        if state.tries < times.REQUESTS:
            return self._send_request(state, now)
        said = f"{state.server_id} offered {state.address}, but {times.REQUESTS} REQUESTs went unanswered"
        return (StageFailed(self._stage, said), *self._discover(now))

    def _nak(self, state: _Asking, nak: DhcpMessage, now: float) -> Commands:
        self._state = NakReceived(now + times.NAK_PAUSE)
        why = nak.get(MESSAGE)
        address = state.address if isinstance(state, Requesting) else state.lease.address
        noted = self._note(DHCP_REFUSED, f"{address} was refused (NAK){f': {why}' if why else ''}")
        return (noted,) if isinstance(state, Requesting) else (noted, self._send.remove(state.lease))

    def _ack(self, state: _Asking, ack: DhcpMessage, now: float) -> Commands:
        lease = read_lease(ack, state.sent_at, self._vlan.vlan, self._settings.fingerprint.site_options)
        before = None if isinstance(state, Requesting) else state.lease
        commands: list[Command] = []
        if before is not None and before.address != lease.address:
            commands.append(self._send.remove(before))
        fresh = before is None or self._send.configure(before) != self._send.configure(lease)
        if fresh:
            commands.append(self._send.configure(lease))
        commands += self._said(state, lease)
        problems = lease.phone.problems if before is None else ()
        commands += [self._note(PHONE_OPTION_UNREADABLE, f"option 242/176/43: {each}") for each in problems]
        commands += self._settle(lease, fresh=fresh, now=now)
        return tuple(commands)

    def _said(self, state: _Asking, lease: Lease) -> Commands:
        detail = f"{lease.address} from {lease.server_id}"
        match state:
            case Requesting() | Rebooting():
                on = f" on VLAN {lease.vlan}" if lease.vlan else ""
                return (StageReached(self._stage, detail + on),)
            case Renewing():
                return (StageReached(Stage.RENEW, detail),)
            case Rebinding():
                # The broadcast went through the relay: what blocks the unicast is masked until T2.
                said = f"{detail} was extended only by broadcast (rebinding)"
                return (self._note(RENEWAL_RESCUED, said),)
            case other:
                assert_never(other)

    # Which VLAN

    def _settle(self, lease: Lease, *, fresh: bool, now: float) -> Commands:
        """Stay, or leave for the VLAN that the ACK names."""
        self._state = Bound(lease, lease.renew_at)
        told = self._vlan.told(lease.phone)
        notes: list[Command] = []
        named = lease.phone.l2qvlan
        if fresh and named in self._vlan.dead:
            sentence = f"the ACK names VLAN {named}, where no OFFER ever came: not tried again"
            notes.append(self._note(VLAN_DEAD, sentence))
        if told.vlan == self._vlan.vlan:
            self._vlan = told
            return tuple(notes)
        if self._moves == MOST_MOVES:
            sentence = (
                f"the ACK on VLAN {lease.vlan} names VLAN {told.vlan} after {MOST_MOVES} moves: staying"
            )
            notes += [self._note(VLAN_LOOP, sentence), StageFailed(Stage.VLAN_MOVE, sentence)]
            return tuple(notes)
        self._moves += 1
        self._vlan = told
        self._stage = Stage.VLAN_MOVE if told.vlan else Stage.ADDRESS
        if not fresh:
            return (*notes, *self._release(lease, now))
        self._state = Releasing(lease, now + times.CONFIGURE_PATIENCE)
        return tuple(notes)

    def _release(self, lease: Lease, now: float) -> Commands:
        self._state = Released(lease, now + times.RELEASE_PAUSE)
        return (
            self._send.release(lease, self._rng.getrandbits(32)),
            StageReached(Stage.RELEASE, f"{lease.address} to {lease.server_id}"),
        )

    def _set_vlan(self, current: int) -> Commands:
        vlan = self._vlan.vlan
        return NOTHING if vlan == current else (SetVlan(vlan),)

    # RENEWING, REBINDING, expiry

    def _extend(self, state: Bound | Renewing | Rebinding, now: float) -> Commands:
        lease = state.lease
        if lease.renew_at is None or lease.rebind_at is None or lease.expires_at is None:
            return NOTHING
        if isinstance(state, Bound):
            xid, since = self._rng.getrandbits(32), now
        else:
            xid, since = state.xid, state.since
        secs = int(now - since)
        if now < lease.rebind_at:
            wait = max((lease.rebind_at - now) / 2, times.EXTEND_MINIMUM)
            self._state = Renewing(lease, xid, since, now, min(now + wait, lease.rebind_at))
            return (self._send.renew(lease, xid, secs),)
        said: Commands = NOTHING
        if isinstance(state, Renewing):
            unanswered = f"{lease.server_id} answered no unicast REQUEST for {lease.address} by T2"
            said = (StageFailed(Stage.RENEW, unanswered),)
        if now < lease.expires_at:
            wait = max((lease.expires_at - now) / 2, times.EXTEND_MINIMUM)
            self._state = Rebinding(lease, xid, since, now, min(now + wait, lease.expires_at))
            return (*said, self._send.rebind(lease, xid, secs))
        return (*said, *self._expired(state, xid, since, now))

    def _expired(self, state: Bound | Renewing | Rebinding, xid: int, since: float, now: float) -> Commands:
        lease = state.lease
        told = lease.phone.number("DHCPSTD")
        if self._settings.dhcpstd if told is None else told:
            said = f"the lease on {lease.address} expired: no longer used (DHCPSTD=1)"
            return (
                self._note(DHCP_LEASE_EXPIRED, said),
                StageFailed(Stage.RENEW, said),
                self._send.remove(lease),
                *self._discover(now),
            )
        first = not isinstance(state, Rebinding) or state.sent_at < (lease.expires_at or 0.0)
        said = f"the lease on {lease.address} expired: still used (DHCPSTD=0)"
        notes = (self._note(DHCP_LEASE_EXPIRED, said), StageFailed(Stage.RENEW, said)) if first else NOTHING
        self._state = Rebinding(lease, xid, since, now, now + times.EXPIRED_RETRY)
        return (*notes, self._send.rebind(lease, xid, int(now - since)))

    def _log_off(self) -> Commands:
        """The address is not wanted any more (RFC 2131 section 4.4.6)."""
        lease, self._state = self.lease, Init()
        if lease is None:
            return NOTHING
        return (self._send.release(lease, self._rng.getrandbits(32)), self._send.remove(lease))

    # The link

    def _link_returned(self, now: float) -> Commands:
        """Perhaps to another network: the address is asked about before anything else is said."""
        match self._state:
            case Selecting() | Requesting() | NakReceived():
                return self._discover(now)
            case Bound(lease=lease) | Renewing(lease=lease) | Rebinding(lease=lease) | Rebooting(lease=lease):
                if self._settings.after_link is AfterLink.DISCOVER:
                    return (self._send.remove(lease), *self._discover(now))
                return self._send_reboot(Rebooting(lease, self._rng.getrandbits(32), 0, now, now, now), now)
            case _:
                return NOTHING

    def _send_reboot(self, state: Rebooting, now: float) -> Commands:
        self._state = state.again(now, self._rng)
        return (self._send.reboot(state.lease, state.xid, int(now - state.since)),)

    def _not_confirmed(self, state: Rebooting, now: float) -> Commands:
        """The rest of the lease may be used (RFC 2131 section 3.2 step 3)."""
        if state.tries < times.REBOOTS:
            return self._send_reboot(state, now)
        lease = state.lease
        said = (
            f"after a link loss no server confirmed {lease.address} in {times.REBOOTS} REQUESTs: still used"
        )
        due = None if lease.renew_at is None else max(lease.renew_at, now + times.EXTEND_MINIMUM)
        self._state = Bound(lease, due)
        return (self._note(DHCP_LEASE_UNCONFIRMED, said),)

    def _note(self, code: Code, sentence: str) -> Noted:
        return Noted(Finding(code, sentence, self._stage, handset=self._settings.chaddr.hex(":")))
