"""The kernel's RAS helper does to every message what its model does, and expects the same of others."""

from collections.abc import Callable, Iterator
from random import Random

import pytest

from ringfence.actors.ras.fields import address_field
from ringfence.lab.expectations import Expectations
from ringfence.lab.nat_text import helper_text
from ringfence.lab.nft import NftError
from ringfence.lab.topology import Lab
from ringfence.model.address import TransportAddress
from ringfence.model.nat import NatRule
from support.firewalls.filter_tables import EVERYTHING
from support.lab import ras_worlds as ras
from support.lab.helper_worlds import NATS, KernelWorld, SimulatedWorld
from support.lab.ras_worlds import Play
from support.lab.translating import CORE, LAB, TranslatingKernel

pytestmark = pytest.mark.kernel

Said = Callable[[Play, int], str]
TTL_LAST = {"timeToLive": 60, "keepAlive": None, "maintainConnection": None, "supportsAltGK": None}
TWO = [address_field(each) for each in (ras.THIRD, TransportAddress(ras.PHONES[0].ip, ras.SECOND))]
SAID: dict[str, Said] = {
    "GRQ": lambda play, phone: play.asks(phone, ras.grq(phone)),
    "RRQ": lambda play, phone: play.asks(phone, ras.rrq(phone)),
    "RRQ with a TTL": lambda play, phone: play.asks(phone, ras.rrq(phone, timeToLive=60)),
    "RRQ with a TTL last": lambda play, phone: play.asks(phone, ras.rrq(phone, **TTL_LAST)),
    "RRQ with another's address first": lambda play, phone: play.asks(
        phone, ras.rrq(phone, callSignalAddress=TWO)
    ),
    "RRQ with a foreign RAS address": lambda play, phone: play.asks(
        phone, ras.rrq(phone, rasAddress=[address_field(ras.THIRD)])
    ),
    "light-weight RRQ": lambda play, phone: play.asks(phone, ras.light_rrq(phone)),
    "RCF": lambda play, phone: play.answers(phone, ras.rcf(None)),
    "RCF with a TTL": lambda play, phone: play.answers(phone, ras.rcf(113)),
    "IRR": lambda play, phone: play.asks(phone, ras.irr(phone)),
    "URQ": lambda play, phone: play.asks(phone, ras.urq(phone)),
    "URQ by the gatekeeper": lambda play, phone: play.answers(phone, ras.gatekeepers_urq),
    "ARQ of a caller": lambda play, phone: play.asks(phone, ras.arq(phone, answering=False)),
    "ARQ of who is called": lambda play, phone: play.asks(phone, ras.arq(phone, answering=True)),
    "ACF to call a third": lambda play, phone: play.answers(phone, ras.acf(called=False)),
    "ACF for who is called": lambda play, phone: play.answers(phone, ras.acf(called=True)),
    "SYN": lambda play, phone: play.calls(phone, 61440),
}


@pytest.fixture(scope="module")
def kernel() -> Iterator[tuple[TranslatingKernel, Expectations]]:
    with Lab(LAB) as lab:
        built = TranslatingKernel(lab)
        expectations = Expectations(lab["firewall"])
        lab.on_close(expectations.close)
        try:
            built.load(EVERYTHING, (), helper_text((1719,), (1720,)))
        except NftError as error:
            pytest.skip(f"this kernel has no H.323 helper: {error}")
        yield built, expectations


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("name", NATS)
def test_any_ras_messages_are_read_alike(
    kernel: tuple[TranslatingKernel, Expectations], name: str, seed: int
) -> None:
    nat = NATS[name]
    rules = (NatRule(nat, (CORE,)),) if nat else ()
    kernel[0].load(EVERYTHING, rules, helper_text((1719,), (1720,)))
    random = Random(seed)
    told, ours = Play(KernelWorld(*kernel)), Play(SimulatedWorld(rules))
    what = ""
    for step in range(40):
        # The lab takes the 30 s that a URQ leaves for those of a stream: let them be over.
        gap = 200 if "URQ" in what else random.choice((3.1, 3.3, 4.7, 5.3, 25.3, 70.7, 130.9))
        what, phone = random.choice(list(SAID)), random.choice((0, 0, 1))
        for play in (told, ours):
            play.world.age(gap)
        theirs, mine = SAID[what](told, phone), SAID[what](ours, phone)
        assert (what, theirs, told.expected()) == (what, mine, ours.expected()), (step, gap, phone)
