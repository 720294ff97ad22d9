"""What endpoints say of their calls (perCallInfo in IRRs), against what the router knows of them."""

from collections.abc import Iterable

from ringfence.actors.gatekeeper.call_legs import RoutedCall
from ringfence.model.address import TransportAddress
from ringfence.wire import h225


def is_whole(irr: h225.InfoRequestResponse) -> bool:
    """Whether it has all calls: no segment of a list, and not cut short."""
    return irr.irrStatus is None or irr.irrStatus == ("complete", True)


def compare_call_reports(
    calls: Iterable[RoutedCall],
    endpoint: TransportAddress,
    reported: Iterable[h225.PerCallInfoItem],
    *,
    whole: bool,
) -> tuple[list[RoutedCall], list[int]]:
    """Calls that `endpoint` has listed before and does not any more; references of listed ones unknown here.

    Endpoints that never list their calls lose none. `whole`: the list is of all calls.
    """
    items = list(reported)
    gone: list[RoutedCall] = []
    known: list[h225.PerCallInfoItem] = []
    for call in calls:
        mine = [item for item in items if _is_of(item, call, endpoint)]
        known += mine
        if mine:
            call.listed.add(endpoint)
        elif whole and endpoint in call.listed:
            gone.append(call)
    return gone, [item.callReferenceValue for item in items if not any(item is one for one in known)]


def _is_of(item: h225.PerCallInfoItem, call: RoutedCall, endpoint: TransportAddress) -> bool:
    if item.callIdentifier is not None and call.identifier is not None:
        return item.callIdentifier == call.identifier
    # Version 1 had the call reference alone; its flag may come along (H.225.0, CallReferenceValue).
    references = {leg.reference for leg in (call.caller, call.callee) if leg.channel.remote.ip == endpoint.ip}
    return item.callReferenceValue & 0x7FFF in references
