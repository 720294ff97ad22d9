"""Every finding that is raised anywhere is explained, every one explained is raised, and says something."""

import pickle
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import pytest

import ringfence
from ringfence.model.catalogue import CATALOGUE, FORMER, assembled
from ringfence.model.findings import Code, Finding, Severity
from ringfence.model.stage import Stage

EXPLAIN = ("ringfence.model.findings", "ringfence.model.catalogue")


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(ringfence.__path__, "ringfence."):
        yield import_module(found.name)


def test_codes_raised_are_the_codes_explained() -> None:
    """A Finding takes nothing but a Code (mypy), and a module imports no name that it does not use (ruff)."""
    raised = {
        value
        for module in modules()
        if not module.__name__.startswith(EXPLAIN)
        for value in vars(module).values()
        if isinstance(value, Code)
    }
    assert raised == set(CATALOGUE.values())


@pytest.mark.parametrize("code", CATALOGUE.values())
def test_explanations_say_what_to_check(code: Code) -> None:
    assert code.meaning.endswith(".")
    assert code.check_first.endswith(".")
    assert len(code.check_first) > 10


def test_a_former_name_is_nobodys_now() -> None:
    assert FORMER.keys().isdisjoint(CATALOGUE)
    assert len(FORMER) == sum(len(code.former) for code in CATALOGUE.values())


def test_a_finding_goes_to_another_process_whole() -> None:
    for code in CATALOGUE.values():
        there = pickle.loads(pickle.dumps(Finding(code, "said", Stage.ECHO))).code
        assert (there, vars_of(there)) == (code, vars_of(code))


def vars_of(code: Code) -> list[object]:
    return [getattr(code, name) for name in Code.__slots__]


def test_two_names_or_two_explanations_are_refused() -> None:
    code = Code("ONE", Severity.NOTE, None, "Means.", "Check first this.")
    misnamed, twice = ModuleType("misnamed"), ModuleType("twice")
    misnamed.__dict__["OTHER"] = code
    twice.__dict__["ONE"] = code
    with pytest.raises(ValueError, match="the constant OTHER has the code ONE"):
        assembled((misnamed,))
    with pytest.raises(ValueError, match="ONE is explained twice"):
        assembled((twice, twice))
