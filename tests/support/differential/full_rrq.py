"""A full registration as the kernel's decoder can read it: timeToLive is not its last element."""

from ringfence.actors.ras.dialect import H225_V2
from ringfence.actors.ras.fields import TERMINAL_TYPE, address_field
from ringfence.model.address import TransportAddress
from ringfence.wire import h225


def full_rrq(called_at: TransportAddress, heard_at: TransportAddress) -> h225.RegistrationRequest:
    """An endpoint that wants its calls at `called_at` and RAS messages at `heard_at`."""
    vendor = h225.H221NonStandard(t35CountryCode=181, t35Extension=0, manufacturerCode=1)
    return h225.RegistrationRequest(
        requestSeqNum=1,
        protocolIdentifier=H225_V2,
        discoveryComplete=True,
        callSignalAddress=[address_field(called_at)],
        rasAddress=[address_field(heard_at)],
        terminalType=TERMINAL_TYPE,
        endpointVendor=h225.VendorIdentifier(vendor=vendor),
        keepAlive=False,
    )
