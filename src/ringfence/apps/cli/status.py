"""`ringfence status`: what a running serve holds, or what is stored in a state directory."""

import select
import sys
import time
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv4Network
from pathlib import Path

import click
import msgspec

from ringfence.apps.cli.exits import NOT_PROVED
from ringfence.apps.cli.serving.kea_leases import kea_csv
from ringfence.apps.cli.serving.monitor import MONITOR_DEFAULT, monitor_address
from ringfence.apps.cli.serving.status import Status
from ringfence.apps.cli.serving.stored import stored_leases, stored_status
from ringfence.lab.unavailable import LabUnavailable
from ringfence.model.address import TransportAddress
from ringfence.model.errors import InputError
from ringfence.model.printable import printable

_PATIENCE = 10.0  # seconds
_EVERY = 2.0  # seconds between two looks
_LONGEST = 16 << 20  # octets of an answer
_CLEAR = "\x1b[H\x1b[2J"


@click.command()
@click.argument("address", required=False, default=MONITOR_DEFAULT)
@click.option("--watch", is_flag=True, help="Show it again every two seconds, until Ctrl-C.")
@click.option(
    "--state", type=click.Path(path_type=Path), help="Read this state directory instead; no serve has to run."
)
@click.option("--leases", is_flag=True, help="The stored leases as Kea's memfile (CSV); with --state.")
@click.option("--subnet", multiple=True, help="NETWORK=ID of Kea's configuration (repeatable); default: 1.")
@click.option("--json", is_flag=True, help="As JSON, one document a line.")
def command(
    address: str, watch: bool, state: Path | None, leases: bool, subnet: tuple[str, ...], json: bool
) -> None:
    """Say what a running serve holds: registrations, leases, calls, rates.

    ADDRESS is that of its --monitor. The exit status is 1 when something is the matter with it, 3 when
    nothing answers.
    """
    if state is not None and (watch or address != MONITOR_DEFAULT):
        raise InputError("a state directory is read once, of no address", where="--state")
    if (leases or subnet) and (state is None or not leases or json):
        raise InputError("leases are read from a state directory", where="--leases", remedy="--state DIR")
    if leases and state is not None:
        click.echo(kea_csv(stored_leases(state), _subnets(subnet), time.time()), nl=False)
        return
    at = monitor_address(address)
    while True:
        status = stored_status(state, time.time()) if state is not None else _asked(at)
        if json:
            click.echo(msgspec.json.encode(status).decode())
        else:
            click.echo((_CLEAR if watch and sys.stdout.isatty() else "") + "\n".join(_lines(status)))
        if not watch:
            break
        sys.stdout.flush()
        select.select([], [], [], _EVERY)
    if not status.healthy:
        raise SystemExit(NOT_PROVED)


def _subnets(given: tuple[str, ...]) -> dict[IPv4Network, int]:
    try:
        pairs = (each.rpartition("=") for each in given)
        return {IPv4Network(network): int(number) for network, _, number in pairs}
    except ValueError as error:
        raise InputError(str(error), where="--subnet", remedy="--subnet 10.20.0.0/23=1") from None


def _asked(at: TransportAddress) -> Status:
    remedy = "ringfence serve --monitor, and its ADDRESS:PORT here"
    connection = HTTPConnection(str(at.ip), at.port, timeout=_PATIENCE)
    try:
        connection.request("GET", "/status.json")
        octets = connection.getresponse().read(_LONGEST)
        return msgspec.json.decode(octets, type=Status)
    except (OSError, HTTPException) as error:
        raise LabUnavailable(f"no serve answers at {at}: {error}", 0, remedy) from None
    except msgspec.MsgspecError as error:
        raise LabUnavailable(f"what answers at {at} is no serve: {error}", 0, remedy) from None
    finally:
        connection.close()


def _lines(status: Status) -> list[str]:
    """For people; what phones say of themselves is shown, not obeyed."""
    served = f"{', '.join(status.roles) or 'nothing'} at {', '.join(status.addresses) or 'no address'}"
    said = [f"{served}, version {status.version}, up {_duration(status.uptime)}"]
    said += [f"trouble: {each}" for each in status.trouble]
    leases = ", ".join(f"{count} {state}" for state, count in sorted(status.leases.items())) or "0"
    said.append(
        f"registrations {status.registered}  calls {status.calls}  connections {status.connections}  "
        f"leases {leases}"
    )
    if status.rates:
        said.append(
            "a second: " + ", ".join(f"{kind} {rate:.1f}" for kind, rate in sorted(status.rates.items()))
        )
    said += _table(
        "registered",
        status.registered,
        [
            (", ".join(each.extensions), each.address, f"heard {_duration(each.heard)} ago", each.vendor)
            for each in status.registrations
        ],
    )
    said += _table(
        "leases",
        sum(status.leases.values()),
        [
            (each.address, each.client, each.state, "" if each.left is None else _duration(each.left))
            for each in status.lease_rows
        ],
    )
    return [printable(line) for line in said]


def _table(title: str, count: int, rows: list[tuple[str, ...]]) -> list[str]:
    if not rows:
        return []
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    more = [f"  and {count - len(rows)} more"] if count > len(rows) else []
    shown = (
        "  " + "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)) for row in rows
    )
    return ["", title, *(line.rstrip() for line in shown), *more]


def _duration(seconds: float) -> str:
    whole = max(0, round(seconds))
    days, rest = divmod(whole, 86_400)
    clock = f"{rest // 3600}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return f"{days} d {clock}" if days else clock
