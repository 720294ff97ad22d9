"""The kernel's nftables in one namespace: replace, list, count.

libnftables when the machine has it (0.4 ms for a list, measured), the nft program otherwise (4 to 16 ms).
"""

import ctypes
import errno
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from typing import Any, Protocol

from ringfence.lab.netns import Namespace
from ringfence.lab.unavailable import LabUnavailable

# libnftables(3), nft_ctx_output_get_flags
_STATELESS, _JSON = 1 << 2, 1 << 4
_NUMERIC_PROTO, _NUMERIC_PRIO, _NUMERIC_SYMBOL = 1 << 7, 1 << 8, 1 << 9
_NUMERIC = _NUMERIC_PROTO | _NUMERIC_PRIO | _NUMERIC_SYMBOL


class NftError(Exception):
    """nftables refused a command; the message is its own."""


class _Runner(Protocol):
    def run(self, command: str, *, json_output: bool) -> str: ...

    def close(self) -> None: ...


def _load_library() -> ctypes.CDLL | None:
    # By its soname: find_library would start ldconfig, which takes longer than all the rest.
    try:
        library = ctypes.CDLL("libnftables.so.1")
    except OSError:
        return None
    library.nft_ctx_new.restype = ctypes.c_void_p
    for function in (library.nft_ctx_get_output_buffer, library.nft_ctx_get_error_buffer):
        function.restype = ctypes.c_char_p
        function.argtypes = [ctypes.c_void_p]
    for function in (library.nft_ctx_buffer_output, library.nft_ctx_buffer_error, library.nft_ctx_free):
        function.argtypes = [ctypes.c_void_p]
    library.nft_ctx_free.restype = None
    library.nft_ctx_output_set_flags.argtypes = [ctypes.c_void_p, ctypes.c_uint]
    library.nft_run_cmd_from_buffer.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    return library


class Nft:
    """The whole ruleset of one namespace."""

    def __init__(self, namespace: Namespace, *, use_library: bool = True) -> None:
        """Raises LabUnavailable when neither the library nor the program is there."""
        library = _load_library() if use_library else None
        self._runner: _Runner = _Program(namespace) if library is None else _Library(namespace, library)

    def apply(self, text: str) -> None:
        """Put `text` in the place of everything loaded, in one transaction: no packet sees anything between.

        Raises NftError, and then the old ruleset is still there, whole.
        """
        try:
            self._runner.run(f"flush ruleset\n{text}\n", json_output=False)
        except NftError as error:
            if os.strerror(errno.EMSGSIZE) in str(error):
                # Only root may enlarge the socket's buffer; 298 rules of five conditions fit (measured).
                remedy = "run it with sudo, or sysctl net.core.wmem_default=4194304"
                raise NftError(
                    f"the ruleset is too long for one transaction without root: {remedy}"
                ) from error
            raise

    def ruleset_json(self) -> list[dict[str, Any]]:
        """What the kernel has, as libnftables-json(5) objects. Raises NftError."""
        document = json.loads(self._runner.run("list ruleset", json_output=True))
        objects: list[dict[str, Any]] = document["nftables"]
        return objects

    def ruleset_text(self) -> str:
        """What the kernel has, in the words of nft(8)."""
        return self._runner.run("list ruleset", json_output=False)

    def counters(self) -> dict[str, int]:
        """Packets by rule comment, for rules that have a comment and a counter; equal comments are added
        up.
        """
        found: dict[str, int] = {}
        for comment, packets in _counted(self.ruleset_json()):
            found[comment] = found.get(comment, 0) + packets
        return found

    def close(self) -> None:
        self._runner.close()


def _counted(objects: list[dict[str, Any]]) -> Iterator[tuple[str, int]]:
    for entry in objects:
        rule = entry.get("rule")
        if rule is None or "comment" not in rule:
            continue
        for statement in rule["expr"]:
            counter = statement.get("counter")
            if isinstance(counter, dict):
                yield rule["comment"], counter["packets"]


class _Library:
    def __init__(self, namespace: Namespace, library: ctypes.CDLL) -> None:
        self._library = library
        # The context opens its netlink socket at once, and the socket keeps the namespace.
        self._context = namespace.run(partial(library.nft_ctx_new, 0))
        if not self._context:
            raise LabUnavailable("nft_ctx_new", 0, "a kernel with nftables")
        library.nft_ctx_buffer_output(self._context)
        library.nft_ctx_buffer_error(self._context)

    def run(self, command: str, *, json_output: bool) -> str:
        library, context = self._library, self._context
        library.nft_ctx_output_set_flags(context, (_JSON | _NUMERIC) if json_output else _STATELESS)
        status = library.nft_run_cmd_from_buffer(context, command.encode())
        output: bytes = library.nft_ctx_get_output_buffer(context) or b""
        complaint: bytes = library.nft_ctx_get_error_buffer(context) or b""
        if status != 0:
            raise NftError(complaint.decode("utf-8", "replace").strip() or f"nftables answered {status}")
        return output.decode("utf-8", "replace")

    def close(self) -> None:
        if self._context:
            self._library.nft_ctx_free(self._context)
            self._context = None


class _Program:
    def __init__(self, namespace: Namespace) -> None:
        path = shutil.which("nft") or shutil.which("nft", path="/usr/sbin:/sbin:/usr/local/sbin")
        if path is None:
            raise LabUnavailable("start nft", 0, "apt install nftables")
        self._path = path
        self._namespace = namespace

    def run(self, command: str, *, json_output: bool) -> str:
        # With -j the standard input would have to be JSON too.
        words = ["-j", "-n", command] if json_output else ["-s", "-f", "-"]
        done = self._namespace.run(
            lambda: subprocess.run(
                [self._path, *words], input=command.encode(), capture_output=True, check=False
            )
        )
        if done.returncode != 0:
            raise NftError(
                done.stderr.decode("utf-8", "replace").strip() or f"nft ended with {done.returncode}"
            )
        return done.stdout.decode("utf-8", "replace")

    def close(self) -> None:
        """Nothing is held between two commands."""
