"""A handset into which nobody has entered an extension."""

from dataclasses import replace
from typing import Any

import pytest

from ringfence.actors.io import SendDatagram, StageFailed, StageReached
from ringfence.actors.journal import JournalEntry
from ringfence.model.stage import Stage
from ringfence.wire import h225, ras
from support.actors.handset_boot import FILES, Boot
from support.actors.ras_answers import CONFIG


def boot(**details: Any) -> Boot:
    return Boot(**{"extension": "", "password": "", **details})


def asked(one: Boot) -> list[tuple[float, ras.RasMessage]]:
    """What the handset said to the gatekeeper, and when."""
    return [
        (entry.time, ras.decode(command.data))
        for entry in one.entries
        for command in entry.commands
        if isinstance(command, SendDatagram) and command.destination.port == 1719
    ]


def provided(entry: JournalEntry) -> bool:
    return any(isinstance(c, StageReached) and c.stage is Stage.PROVISION for c in entry.commands)


def test_after_a_minute_of_prompt_it_registers_unnamed_where_that_is_allowed() -> None:
    one = boot(unnamed=True)
    assert one.run(120, lambda: Stage.SIGNAL in one.reached())
    (at, grq), (_, rrq), *_ = asked(one)
    provisioned = next(entry.time for entry in one.entries if provided(entry))
    assert at == pytest.approx(provisioned + 60, abs=0.1)
    assert isinstance(grq, h225.GatekeeperRequest)
    assert isinstance(rrq, h225.RegistrationRequest)
    assert (grq.endpointAlias, grq.authenticationCapability) == (None, None)
    assert (rrq.terminalAlias, rrq.cryptoTokens) == (None, None)
    assert one.commands(StageFailed) == []


def test_a_gatekeeper_that_does_not_allow_it_refuses() -> None:
    one = boot(unnamed=False)
    one.run(120)
    assert one.handset.granted is None
    assert "GRQ_REJECTED" in one.findings()


@pytest.mark.parametrize(
    "details",
    [{"files": {**FILES, "46xxsettings.txt": b"SET UNNAMEDSTAT 0\n"}}, {"unnamed_after": None}],
    ids=["settings file", "handset"],
)
def test_where_it_is_switched_off_the_handset_waits_and_says_so(details: dict[str, Any]) -> None:
    one = boot(unnamed=True, **details)
    one.run(3600)
    assert asked(one) == []
    assert one.findings() == ["EXTENSION_MISSING"]


def test_a_named_client_has_an_extension_and_an_unnamed_one_has_none() -> None:
    with pytest.raises(ValueError, match="neither extension nor password"):
        replace(CONFIG, unnamed=True)
    with pytest.raises(ValueError, match="1 to 127 characters"):
        replace(CONFIG, extension="")
    with pytest.raises(ValueError, match="without an extension"):
        boot(password="1234")
