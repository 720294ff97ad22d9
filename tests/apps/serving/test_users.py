"""Users of serve: from words, from files, and what is said of their PINs."""

import base64
from hashlib import sha1
from pathlib import Path

import pytest

from ringfence.apps.cli.serving.users import few_keys, users_of
from ringfence.model.errors import InputError
from ringfence.wire.h235_tokens import baseline_key
from support.example_sites import example

BRANCH = example("branch")


def test_words_and_files_name_users(tmp_path: Path) -> None:
    (tmp_path / "users").write_text("# night shift\n4711:12:34\n\n  4712\n")
    assert users_of(["1:2", f"@{tmp_path / 'users'}"], BRANCH) == {"1": "2", "4711": "12:34", "4712": ""}
    assert users_of([], BRANCH) == {"2001": "1234"}


def test_a_hash_stands_for_a_password_where_the_dialect_can_do_with_one() -> None:
    digest = sha1(b"gEhEiM").digest()
    word = "4711:{SHA}" + base64.b64encode(digest).decode()
    users = users_of([word], BRANCH, hashes=True)
    assert users == {"4711": digest}
    # It is what H.235.1 makes of the password itself (H.235.1 clause 7.1.1).
    assert baseline_key(digest) == baseline_key("gEhEiM")
    assert few_keys(users) == ()
    with pytest.raises(InputError, match=r"only H\.235\.1"):
        users_of([word], BRANCH)


@pytest.mark.parametrize("hashed", ["{SHA}", "{SHA}AAAA", "{SHA}!!!!", "{SHA}" + "A" * 64])
def test_a_hash_that_is_none_is_told_without_it(hashed: str) -> None:
    with pytest.raises(InputError, match="no SHA-1") as raised:
        users_of([f"4711:{hashed}"], BRANCH, hashes=True)
    assert hashed[5:] == "" or hashed[5:] not in str(raised.value)


def test_words_that_are_too_long_are_told() -> None:
    with pytest.raises(InputError, match="at most"):
        users_of(["4711:" + "x" * 1000], BRANCH)


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
