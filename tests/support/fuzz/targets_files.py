"""Files that people give: captures, site files, configurations of firewalls."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from io import StringIO
from ipaddress import ip_network
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from ringfence.apps.cli.explaining.screen import print_explanation, print_handset
from ringfence.apps.cli.screens.plain import PlainScreen
from ringfence.apps.report.explanation import explanation
from ringfence.diagnosis.explain import explain
from ringfence.diagnosis.options import JudgeOptions
from ringfence.firewalls.nftables import read as nftables_read
from ringfence.firewalls.recognise import read_any, read_as, readable
from ringfence.model.defaults import UDP_STREAM_STATE
from ringfence.model.errors import InputError
from ringfence.model.site_file import parse
from support.captures.lost_legs import lost_legs
from support.fuzz import seeds
from support.fuzz.mutate import Mutator
from support.fuzz.subject import Reader, Target, reader

_LONGEST = 300_000  # octets of a damaged file
_CAPTURE_TOKENS = (
    b"\x0a\x0d\x0d\x0a",
    b"\x06\0\0\0\x20\0\0\0",
    b"\x01\0\0\0\x14\0\0\0\x01\0\0\0\0\0\0\0\x14\0\0\0",
    b"\x09\0\x01\0\x80\0\0\0",
    b"\x0e\0\x08\0" + b"\xff" * 7 + b"\x7f",
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"\x81\0\0\x14",
)
_SITE_TOKENS = (
    b"[",
    b"{",
    b"- ",
    b"? ",
    b"\n  ",
    b": ",
    b"&a ",
    b"*a",
    b"!!int ",
    b'"',
    b"|\n",
    b"\t",
    b"#",
    b"<<: ",
    b"\xc2\xb2",
    b"99999999999999999999",
    b"0x",
    b"~",
    b"null",
)
_TEXT_TOKENS = (
    b" any",
    b" host",
    b" eq",
    b" range 1 65535",
    b" 0.0.0.0",
    b"/33",
    b"\n",
    b" ",
    b"!",
    b'"',
    b"\xc2\xb2",
    b"\xd9\xa3",
    b"9" * 5000,
    b"-1",
    b"object-group network A\n group-object A\n",
    b" permit ip any any\n",
    b"-A FORWARD -j ACCEPT\n",
    b"-j X",
    b"::/0",
    b" log",
    b"\r",
)


class Captures:
    """A damaged capture in a file, judged, and everything that is shown of it made."""

    def __init__(self, random: Random) -> None:
        self._file = os.memfd_create("capture")
        self._path = Path(f"/proc/self/fd/{self._file}")
        self._random = random
        self.next: Callable[[], bytes] = Mutator(random, seeds.captures(), _CAPTURE_TOKENS, _LONGEST).next

    def feed(self, data: bytes) -> None:
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, data, 0)
        paths = [self._path, self._path] if not self._random.getrandbits(3) else [self._path]
        try:
            explained = explain(paths, JudgeOptions(phones_only=bool(self._random.getrandbits(1))))
        except InputError:
            return
        timelines = explained.judgement.handsets
        lost = lost_legs(timelines, both_sides=explained.aligned is not None, state_timeout=UDP_STREAM_STATE)
        shown = explanation(explained, lost, in_full=True)
        msgspec.json.encode(shown, enc_hook=str)  # as the command line does
        if not self._random.getrandbits(3):  # Rich takes longer than everything else together
            out = PlainScreen(StringIO())
            print_explanation(out, shown)
            for each, timeline in zip(shown.handsets[:2], timelines, strict=False):
                print_handset(out, each, timeline)


def _site(data: bytes) -> None:
    parse(data.decode("utf-8", errors="replace"))


def _text(name: str) -> Callable[[bytes], None]:
    def feed(data: bytes) -> None:
        text = data.decode("utf-8", errors="replace")
        try:
            read_any(text)
        except InputError:  # damage may have hidden what it is
            read_as(name, text, None)

    return feed


_NETWORKS = {"eth0": (ip_network("10.20.0.0/16"),), "eth1": (ip_network("10.1.0.0/16"),)}


def _nft_seeds() -> tuple[bytes, ...]:
    key = {"family": "inet", "table": "t"}
    found = []
    for expressions in _EXPRESSIONS:
        chain = {**key, "name": "c", "type": "filter", "hook": "forward", "prio": 0, "policy": "drop"}
        rule = {**key, "chain": "c", "handle": 7, "expr": expressions}
        side = {"chain": {**key, "name": "voice"}}
        jumped = {"rule": {**key, "chain": "voice", "handle": 9, "expr": [{"accept": None}]}}
        members = ["10.1.0.30", {"prefix": {"addr": "10.2.0.0", "len": 16}}]
        set_ = {"set": {**key, "name": "s", "type": "ipv4_addr", "elem": members}}
        whole = {"nftables": [{"metainfo": {}}, {"chain": chain}, side, set_, {"rule": rule}, jumped]}
        found.append(json.dumps(whole).encode())
    return tuple(found)


def _match(left: object, right: object, op: str = "==") -> dict[str, object]:
    return {"match": {"op": op, "left": left, "right": right}}


def _payload(protocol: str, field: str) -> dict[str, object]:
    return {"payload": {"protocol": protocol, "field": field}}


_EXPRESSIONS: tuple[list[dict[str, object]], ...] = (
    [_match(_payload("udp", "dport"), {"set": [1719, {"range": [2000, 2009]}]}), {"accept": None}],
    [_match({"ct": {"key": "state"}}, ["established", "related"], "in"), {"accept": None}],
    [
        _match(_payload("ip", "saddr"), {"prefix": {"addr": "10.20.0.0", "len": 22}}),
        {"jump": {"target": "voice"}},
    ],
    [_match(_payload("ip", "daddr"), "@s", "!="), {"counter": {"packets": 1, "bytes": 2}}, {"drop": None}],
    [_match({"meta": {"key": "iifname"}}, "eth0"), {"goto": {"target": "voice"}}],
    [{"vmap": {"key": _payload("tcp", "dport"), "data": {"set": [[1720, {"accept": None}]]}}}],
)
_JSON_TOKENS = (
    b"[",
    b"{",
    b'{"set":',
    b'{"prefix":{"addr":"::","len":129}}',
    b'"',
    b",",
    b"null",
    b"-1",
    b"1e999",
    b"NaN",
    b"9" * 5000,
    b'"10.0.0.0/33"',
    b'{"range":[9,1]}',
    b"true",
    b'{"jump":{"target":"c"}}',
)


_VALUES: tuple[object, ...] = (None, -1, 2**70, "", "x", [], {}, True, 1.5, [[]], {"set": []}, "@none")


class JsonTrees(Reader):
    """Damage to values of the tree as well as to its text: most text that is damaged is no JSON any more."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._text = Mutator(random, _nft_seeds(), _JSON_TOKENS, _LONGEST)
        super().__init__(self._text, _nftables, (InputError,))
        self.next = self._next

    def _next(self) -> bytes:
        if not self._random.getrandbits(2):
            return self._text.next()
        tree = json.loads(self._text.seed())
        for _ in range(self._random.choice((1, 1, 2, 4))):
            self._hurt(tree)
        return json.dumps(tree).encode()

    def _hurt(self, tree: Any) -> None:
        random, node = self._random, tree
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            if not keys:
                return
            key = random.choice(keys)
            inner = node[key]
            if isinstance(inner, dict | list) and inner and random.getrandbits(3):
                node = inner
                continue
            around = ([inner, inner], {"prefix": inner}, {"range": [inner, inner]}, {str(key): inner})
            # A copy: the same value twice could come to hold itself.
            node[key] = json.loads(json.dumps(random.choice((*_VALUES, *around))))
            return


def _nftables(data: bytes) -> None:
    try:
        listed = json.loads(data)
    except (ValueError, RecursionError):
        return
    nftables_read.read(listed, _NETWORKS)


def _config(name: str) -> Target:
    """A reader of `READERS`, by the configurations that its own tests read."""
    prefix = name.removeprefix("cisco-")
    return reader(
        name,
        lambda: [
            part
            for folder in ("tests/firewalls/configs", "tests/firewalls/configs/by_hand")
            for text in seeds.texts(folder, f"{prefix}-*.txt")
            for part in _parts(text)
        ],
        _text(name),
        InputError,
        tokens=_TEXT_TOKENS,
        longest=_LONGEST,
        most_ms=3000.0,
        most_mib=256.0,
    )


def _parts(text: bytes, most: int = 800) -> list[bytes]:
    """The whole, and parts of it between its beginning and its end: those are read fifty times as fast."""
    lines = text.splitlines(keepends=True)
    step = max(1, len(text) // most)
    return [
        text,
        *(b"".join(lines[:6] + lines[start:-4:step] + lines[-4:]) for start in range(6, 6 + min(step, 60))),
    ]


TARGETS: tuple[Target, ...] = (
    Target("capture", Captures, most_ms=1500.0, most_mib=128.0),
    reader(
        "site-file",
        lambda: seeds.texts("examples/sites", "*.yaml"),
        _site,
        InputError,
        tokens=_SITE_TOKENS,
        longest=_LONGEST,
        most_ms=3000.0,
    ),
    Target("nftables", JsonTrees, most_ms=3000.0, most_mib=256.0),
    *(_config(name) for name in sorted(readable()) if name != "nftables"),
)
