"""A serve from its first socket to its last line: what it logs, and what it does when it is told to."""

import asyncio
import codecs
import pwd
import resource
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringfence.actors import journal
from ringfence.actors.journal import JournalEntry
from ringfence.apps.cli.live import MULTICAST_DISCOVERY, LiveHosts
from ringfence.apps.cli.serving import privileges
from ringfence.apps.cli.serving.lines import EventFormatter, LogLine
from ringfence.apps.cli.serving.log import LogForm, ServeLog
from ringfence.apps.cli.serving.monitor import monitor
from ringfence.apps.cli.serving.observed import Observed
from ringfence.apps.cli.serving.roles import RoleOptions, ServedMachines, ServedRole, machines, reconfigure
from ringfence.apps.cli.serving.service_manager import ServiceManager
from ringfence.apps.cli.serving.state import ServeState
from ringfence.apps.cli.serving.status import Holdings
from ringfence.drivers.aio.file_root import FileRoot
from ringfence.drivers.store.group import GroupCommit
from ringfence.lab.unavailable import LabUnavailable
from ringfence.model.address import TransportAddress
from ringfence.model.defaults import DISCOVERY_GROUP, DISCOVERY_PORT
from ringfence.model.errors import InputError
from ringfence.model.findings import Finding
from ringfence.model.findings.network import (
    LOG_NOT_REOPENED,
    RELOAD_INCOMPLETE,
    RELOAD_REFUSED,
    STATE_KEPT_AGAIN,
    STATE_NOT_KEPT,
)

if TYPE_CHECKING:
    from ringfence.apps.cli.serving.identity import Identity

# Imported when they are first used: by then there may be no descriptor left, and nothing of Python's that the
# account may read.
_CODECS = ("ascii", "latin-1", "utf-8", "utf-8-sig", "utf-16-be", "idna", "unicode_escape")
_MONITOR = "monitor"  # the host of that name serves people, not phones
_RAW = {ServedRole.DHCP, ServedRole.RELAY}  # answer clients that have no address yet


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """`read` reads what may change: at the start, and when it is asked to (SIGHUP).

    `identity` is read so, too; None: nothing speaks TLS. `multicast`: the discovery group is heard.
    `account` is whom root becomes, `required`: or it does not serve. `drain`: seconds after SIGTERM.
    """

    read: Callable[[], RoleOptions]
    identity: "Callable[[], Identity] | None"
    interface: str
    multicast: bool
    facts: tuple[Finding, ...]
    seconds: float | None
    drain: float
    account: pwd.struct_passwd | None
    required: bool
    monitor: TransportAddress | None
    files: FileRoot | None


class ServeSession:
    """Runs once. InputError and LabUnavailable: it cannot begin."""

    def __init__(self, options: ServeOptions, state: ServeState, log: ServeLog) -> None:
        self._options = options
        self._state = state
        self._log = log
        self._roles = options.read()
        self._identity = options.identity() if options.identity else None
        self._machines: ServedMachines = machines(self._roles, state.kept)
        self._observed = Observed()
        self._holdings = Holdings(self._machines, self._observed)
        self._formatter = EventFormatter()
        self._manager = ServiceManager()

    async def run(self) -> None:
        options, state = self._options, self._state
        _raise_descriptors()
        for codec in _CODECS:
            codecs.lookup(codec)
        for finding in state.findings:
            self._report(finding)
        keeper = None
        if state.database is not None:
            keeper = GroupCommit(state.database, state.epoch, self._report)
        hosts = dict(self._machines.hosts)
        if options.monitor is not None:
            hosts[_MONITOR] = monitor(self._holdings, options.monitor)
        self._live = LiveHosts(
            hosts,
            observer=self._observe,
            report=self._report,
            interface=options.interface,
            secure=self._identity is not None,
            identity=self._identity.context if self._identity else None,
            keeper=keeper,
            files=options.files,
            drain=options.drain,
            calls=lambda: gatekeeper.calls if (gatekeeper := self._holdings.gatekeeper) else 0,
        )
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self._reload)
        try:
            await self._live.run(options.seconds, ready=self._ready)
        finally:
            self._manager.stopping()
            loop.remove_signal_handler(signal.SIGHUP)
            if keeper is not None:
                keeper.close()
            self._manager.close()
        self._log.line(LogLine("stopped", "stopped"))
        self._log.close()

    def _ready(self) -> None:
        options = self._options
        group = f", discovery on {DISCOVERY_GROUP}:{DISCOVERY_PORT} too" if options.multicast else ""
        heard = "" if any(doubt.local == MULTICAST_DISCOVERY for doubt in self._live.doubts) else group
        served = f"{', '.join(self._roles.roles)} at {', '.join(self._machines.hosts)}"
        facts = (*options.facts, *(self._identity.findings if self._identity else ()), *self._leave_root())
        self._log.line(LogLine("serving", f"serving {served}{heard}; Ctrl-C stops"))
        for finding in facts:
            self._report(finding)
        self._manager.ready(f"serving {served}")

    def _leave_root(self) -> tuple[Finding, ...]:
        account = self._options.account
        if account is None:
            return ()
        with suppress(OSError):  # it can still be written
            self._log.hand_over(account.pw_uid, account.pw_gid)
        raw = bool(_RAW & set(self._roles.roles))
        found = privileges.become(account, raw=raw, required=self._options.required)
        files = self._options.files
        if files is not None and not files.is_readable:
            sentence = f"{account.pw_name}, whom root becomes, cannot read the directory of the files"
            raise LabUnavailable(sentence, 0, "chmod it and what it is in, or --run-as another account")
        return found

    def _observe(self, entry: JournalEntry) -> None:
        if entry.host == _MONITOR:
            return
        self._observed.take(entry)
        if self._log.form is LogForm.JOURNAL:
            self._log.raw(journal.encode_entry(entry))
            return
        for line in self._formatter.lines(entry):
            self._log.line(line)

    def _report(self, finding: Finding) -> None:
        self._observed.found(finding)
        if finding.code == STATE_NOT_KEPT:
            self._holdings.trouble["state"] = finding.sentence
        elif finding.code == STATE_KEPT_AGAIN:
            self._holdings.trouble.pop("state", None)
        self._log.finding(finding)

    def _reload(self) -> None:
        """SIGHUP: the log file is opened anew, and what may change is read; nobody is dropped for it."""
        self._manager.reloading()
        try:
            self._log.reopen()
        except OSError as error:
            self._report(Finding(LOG_NOT_REOPENED, f"the log goes on in the old file: {error}"))
        begun = time.monotonic()
        try:
            roles = self._options.read()
            identity = self._options.identity() if self._options.identity else None
            left = reconfigure(self._machines, self._roles, roles)
        except InputError as error:
            self._report(Finding(RELOAD_REFUSED, f"everything stays as it was: {error}"))
        else:
            self._live.show(identity.context if identity else None)
            self._roles = roles
            if left:
                sentence = f"{', '.join(left)}: as at the start, until it is started again"
                self._report(Finding(RELOAD_INCOMPLETE, sentence))
            users = "everybody" if roles.users is None else f"{len(roles.users)} users"
            took = time.monotonic() - begun
            self._log.line(LogLine("reloaded", f"reloaded in {took:.1f} s: {users}; nobody was dropped"))
        self._manager.ready("serving")


def _raise_descriptors() -> None:
    """To what the administrator allows: the usual 1,024 is fewer than phones that have a connection each."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
