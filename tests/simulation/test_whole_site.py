"""Power returns to a site: who can call when, and what of what is in the way is named."""

from math import isnan

import pytest

from ringfence.apps.cli.files.site_input import read_site
from ringfence.model.errors import InputError
from ringfence.model.site import Site
from ringfence.simulation.estate import phones_in_parts, simulate_part, too_many
from ringfence.simulation.outcome import Found, joined_parts
from ringfence.simulation.scenario import Cable, Capacity, Failure, Happening, Scenario
from support.example_sites import example, varied

PHONES = 24


def simulated(site: Site, scenario: Scenario, workers: int = 1) -> Found:
    return joined_parts(
        [simulate_part(site, scenario, shares) for shares in phones_in_parts(site, scenario.phones, workers)]
    )


def of(what: str, found: Found) -> list[str]:
    return [each.what for each in found.broken if what in each.what]


def test_without_trouble_everybody_can_call_a_second_after_the_last_has_power() -> None:
    found = simulated(example("branch"), Scenario(phones=PHONES, within=10.0))
    assert (found.phones, found.ready, found.holding, found.lost) == (PHONES, PHONES, PHONES, 0)
    assert found.everybody is not None
    assert found.everybody < 10.0 + 2.0
    assert found.broken == []
    assert found.repeated == {}
    assert found.curve[-1] == (found.everybody, PHONES)
    assert found.registered.last is not None and found.can_be_called.last is not None
    assert found.registered.last < found.can_be_called.last


@pytest.mark.parametrize("name", ["campus", "enterprise", "handset-opens", "plain-h323", "nat-one-to-one"])
def test_every_kind_of_site_comes_up(name: str) -> None:
    found = simulated(example(name), Scenario(phones=12, within=3.0))
    assert (found.ready, found.holding) == (12, 12)


def test_the_same_seed_is_the_same_run_and_another_is_not() -> None:
    def run(seed: int) -> Found:
        cables = {"phones": Cable(loss=0.05, delay=0.01, spread=0.01, doubled=0.01)}
        return simulated(example("branch"), Scenario(phones=PHONES, within=5.0, seed=seed, cables=cables))

    assert run(1) == run(1)
    assert run(1).curve != run(2).curve


def test_loss_costs_time_and_retries_and_no_phone() -> None:
    clean = simulated(example("branch"), Scenario(phones=PHONES, within=5.0))
    lossy = simulated(
        example("branch"), Scenario(phones=PHONES, within=5.0, cables={"phones": Cable(loss=0.1)})
    )
    assert lossy.ready == PHONES
    assert sum(lossy.repeated.values()) > 0
    assert clean.everybody is not None and lossy.everybody is not None
    assert lossy.everybody > clean.everybody


def test_a_slow_server_is_a_queue_and_decides_the_time() -> None:
    servers = {"gatekeeper": Capacity(0.2, waiting=1000)}
    found = simulated(example("branch"), Scenario(phones=PHONES, within=1.0, servers=servers))
    [queue] = found.queues
    # At the least GRQ, RRQ and an answer on the signalling connection of each phone, one after the other.
    assert queue.served >= 3 * PHONES
    assert found.everybody is not None
    assert found.everybody > 3 * PHONES * 0.2
    assert queue.most > 1
    assert queue.longest >= queue.waited > 0
    assert queue.lost == 0


def test_a_server_without_room_loses_messages_and_is_named_first() -> None:
    servers = {"gatekeeper": Capacity(0.5, waiting=2)}
    found = simulated(example("branch"), Scenario(phones=PHONES, within=1.0, servers=servers))
    assert found.queues[0].lost > 0
    assert "gatekeeper" in found.broken[0].what and "no room" in found.broken[0].what
    assert found.repeated["udp 1719"] > 0


def test_more_workers_serve_sooner() -> None:
    def after(workers: int) -> float:
        servers = {"gatekeeper": Capacity(0.2, workers)}
        found = simulated(example("branch"), Scenario(phones=PHONES, within=1.0, servers=servers))
        assert found.everybody is not None
        return found.everybody

    assert after(4) < after(1) / 2


def test_a_small_state_table_is_full_and_says_so() -> None:
    found = simulated(example("branch"), Scenario(phones=PHONES, within=5.0, until=120.0, states=40))
    assert of("state table is full", found)
    assert max(found.peak_states.values()) <= 40


def test_the_next_gatekeeper_takes_over() -> None:
    site = varied("branch", ("addresses: [10.1.0.30]", "addresses: [10.1.0.30, 10.1.0.31]"))
    dies = Happening(20.0, Failure.DIES, "gatekeeper 1")
    found = simulated(site, Scenario(phones=PHONES, within=5.0, until=3000.0, happenings=(dies,)))
    assert found.holding == PHONES
    assert found.lost > 0


def test_a_firewall_that_restarts_has_forgotten_every_connection() -> None:
    restarts = Happening(30.0, Failure.RESTARTS, "firewall", lasts=5.0)
    found = simulated(
        example("branch"), Scenario(phones=PHONES, within=5.0, until=300.0, happenings=(restarts,))
    )
    assert of("knows no connection: tcp to port 1720", found)
    assert found.lost >= PHONES
    assert found.holding == PHONES
    before, after = (next(s for s in found.samples if s.at == at) for at in (29.0, 32.0))
    assert before.states["firewall"] > PHONES > after.states["firewall"]


def test_phones_that_lose_their_power_come_again() -> None:
    reboot = Happening(30.0, Failure.REBOOT, "phones", lasts=10.0)
    found = simulated(example("branch"), Scenario(phones=PHONES, within=5.0, happenings=(reboot,)))
    assert found.everybody is not None
    assert 30.0 < found.everybody < 45.0
    assert found.holding == PHONES
    assert any(sample.ready == 0 for sample in found.samples if sample.at > 29.0)


def test_vlan_test_runs_out_without_an_answer_on_the_voice_vlan() -> None:
    """The phones fall back to the VLAN that they boot on, and come back when the server does."""
    gone = Happening(0.0, Failure.UNREACHABLE, "dhcp", lasts=100.0)
    found = simulated(example("branch"), Scenario(phones=PHONES, within=5.0, until=900.0, happenings=(gone,)))
    assert of("phones fail at address", found)
    assert found.everybody is not None
    assert found.everybody > 100.0
    assert found.repeated["dhcp"] > PHONES


def test_a_scope_that_is_too_small_is_said_and_shown() -> None:
    site = example("branch")
    shares = [share for part in phones_in_parts(site, 200, 1) for share in part]
    assert too_many(site, shares)
    found = simulated(site, Scenario(phones=200, within=5.0, until=120.0))
    assert found.ready < 200
    assert found.everybody is None
    assert found.can_be_called.last is None


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
def test_parts_have_every_phone_once(workers: int) -> None:
    site = read_site("provider")
    parts = phones_in_parts(site, 5000, workers)
    assert len(parts) == workers
    numbers = [n for part in parts for share in part for n in range(share.first, share.first + share.phones)]
    assert numbers == list(range(5000))
    sizes = [sum(share.phones for share in part) for part in parts]
    assert max(sizes) - min(sizes) <= 1


def test_two_parts_find_about_what_one_does() -> None:
    servers = {"gatekeeper": Capacity(0.05, waiting=1000)}
    scenario = Scenario(phones=60, within=5.0, servers=servers)
    one, two = (simulated(example("branch"), scenario, workers) for workers in (1, 2))
    assert two.shares == 2
    assert one.everybody is not None and two.everybody is not None
    assert two.everybody == pytest.approx(one.everybody, rel=0.15)
    assert abs(max(one.peak_states.values()) - max(two.peak_states.values())) < 30


def test_groups_of_one_site_share_its_servers_and_firewalls() -> None:
    servers = {"gatekeeper": Capacity(0.1, waiting=1000)}
    found = simulated(example("enterprise"), Scenario(phones=30, within=1.0, servers=servers))
    assert len({each.server for each in found.queues}) == len(found.queues)
    assert found.ready == 30
    assert found.everybody is not None
    assert found.everybody > 3 * 30 * 0.1 / max(1, len(found.queues))


def test_whom_nobody_knows_is_a_mistake_with_the_names_there_are() -> None:
    scenario = Scenario(phones=2, happenings=(Happening(1.0, Failure.DIES, "radius"),))
    with pytest.raises(InputError, match="radius") as caught:
        simulated(example("branch"), scenario)
    assert "gatekeeper" in caught.value.remedy


def test_who_never_came_is_not_a_number() -> None:
    blog = example("blog-as-written")
    [shares] = phones_in_parts(blog, 3, 1)
    part = simulate_part(blog, Scenario(phones=3, within=1.0, until=30.0), shares)
    assert all(map(isnan, part.ready_at))
    assert part.holding == 0
    assert part.broken[0].what == "firewall has no rule: udp to port 67"
