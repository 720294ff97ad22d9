"""A file that a verb writes for a person: never over another one."""

from pathlib import Path

from ringfence.model.errors import InputError


def write_new_file(path: Path, text: str) -> None:
    """As UTF-8; InputError where a file of that name exists, or none can be written."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InputError("exists", where=str(path), remedy="name a new file, or remove it first") from None
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", where=str(path)) from None
