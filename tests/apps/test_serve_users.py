"""Users of serve: from words, from files, and what is said of their PINs."""

from pathlib import Path

import pytest

from ringfence.apps.cli.serving.users import few_keys, users_of
from ringfence.model.errors import InputError
from support.example_sites import example

BRANCH = example("branch")


def test_words_and_files_name_users(tmp_path: Path) -> None:
    (tmp_path / "users").write_text("# night shift\n4711:12:34\n\n  4712\n")
    assert users_of(["1:2", f"@{tmp_path / 'users'}"], BRANCH) == {"1": "2", "4711": "12:34", "4712": ""}
    assert users_of([], BRANCH) == {"2001": "1234"}


@pytest.mark.parametrize("word", [":secret", "@/nowhere/at/all"])
def test_a_password_is_in_no_message(word: str) -> None:
    with pytest.raises(InputError) as raised:
        users_of([word], BRANCH)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("users", "told"),
    [
        ({"1": "1234"}, True),
        ({"1": "x" * 12}, False),
        ({"1": ""}, False),
        (None, False),
        ({"1": "12345678"}, False),
    ],
)
def test_pins_are_told_of_once(users: dict[str, str] | None, told: bool) -> None:
    assert [each.code for each in few_keys(users)] == ["PIN_FEW_KEYS"] * told
