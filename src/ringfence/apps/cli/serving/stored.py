"""What a state directory holds, read beside whoever uses it."""

from collections import Counter
from math import inf
from pathlib import Path

from ringfence import __version__
from ringfence.actors.dhcp.durable import stored_lease
from ringfence.actors.dhcp.leases import LeaseRecord
from ringfence.actors.gatekeeper.durable import restored_gatekeeper
from ringfence.apps.cli.serving.status import MOST_SHOWN, RegistrationRow, Status, lease_row
from ringfence.drivers.store.database import read_only


def stored_leases(directory: Path) -> list[LeaseRecord]:
    """In order of address; instants are in seconds since 1970. InputError: there is no state."""
    with read_only(directory) as rows:
        found = (stored_lease(keep, until) for keep, until in rows)
        return sorted((each for each in found if each is not None), key=lambda each: each.address)


def stored_status(directory: Path, clock: float) -> Status:
    """As far as it outlives a process: registrations and leases. InputError: there is no state."""
    with read_only(directory) as rows:
        registrations = restored_gatekeeper((keep for keep, _ in rows), None).registrations
    leases = stored_leases(directory)
    return Status(
        version=__version__,
        roles=(),
        addresses=(str(directory),),
        uptime=0.0,
        healthy=True,
        trouble=(),
        registered=len(registrations),
        calls=0,
        leases=Counter(record.state.value for record in leases),
        connections=0,
        rates={},
        registrations=tuple(
            RegistrationRow(
                each.aliases,
                str(each.ras),
                str(each.call_signalling),
                0.0,
                each.lifetime if each.lifetime < inf else None,
                each.vendor,
            )
            for each in registrations[:MOST_SHOWN]
        ),
        lease_rows=tuple(lease_row(record, clock) for record in leases[:MOST_SHOWN]),
        handsets=(),
    )
