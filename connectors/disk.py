"""Gestures on a local disk that a place of files is made of: nothing is followed, nothing is replaced."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from stat import S_ISREG
from typing import Final

from connectors.depot import PART
from connectors.errors import ConnectorError, Denied, Unreachable

CHUNK: Final = 1 << 20
READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
MODE: Final = 0o640


@contextmanager
def answering(alias: str, absent: type[ConnectorError] = Unreachable) -> Iterator[None]:
    """Turn what the file system says into the four answers."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename2 = None  # a traceback must not print the sender's name
        match error:
            case FileNotFoundError():
                raise absent(f"{alias}: the file or its folder is not there") from error
            case PermissionError():
                raise Denied(
                    f"{alias}: access refused; check the folder's owner and mode"
                ) from error
            case _:
                raise Unreachable(
                    f"{alias}: the folder does not answer (errno {error.errno})"
                ) from error


def beside(path: Path, suffix: str) -> Path:
    """The path of a companion."""
    return path.with_name(path.name + suffix)


def moved(here: Path, there: Path) -> bool:
    """Move without replacing. A move interrupted half-way (two names, one file) is finished."""
    try:
        os.link(here, there, follow_symlinks=False)
    except FileExistsError:
        if not here.samefile(there):
            return False
    here.unlink()
    return True


def write_all(handle: int, content: bytes) -> None:
    """Write everything, in as many writes as the system makes of it."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]


def write_over(path: Path, content: bytes) -> None:
    """Put a small file in place whole; the same content already there is left untouched."""
    with suppress(FileNotFoundError):
        if not path.is_symlink() and path.read_bytes() == content:
            return
    part = path.with_name(f".{token_hex(8)}{PART}")
    handle = os.open(part, CREATE, MODE)
    try:
        write_all(handle, content)
        os.fsync(handle)
        part.replace(path)
    finally:
        os.close(handle)
        part.unlink(missing_ok=True)
    sync_folders(path.parent)


def sync_folders(*folders: Path) -> None:
    """Make names last as the files they name do."""
    for folder in folders:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def digest_of(path: Path) -> str | None:
    """SHA-256 of a regular file, None for anything else."""
    if not S_ISREG(path.lstat().st_mode):
        return None
    with os.fdopen(os.open(path, READ), "rb") as file:
        digest = sha256()
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def identity(stat: os.stat_result) -> str:
    """What tells one file from another under the same name."""
    return f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ino}"


def stands(path: Path, known: str) -> bool:
    """Tell whether the file of that identity is still there."""
    with suppress(FileNotFoundError):
        return identity(path.lstat()) == known
    return False


def small(path: Path, limit: int) -> bytes | None:
    """A small file, one byte above its limit at most; None for what is no regular file of ours to read."""
    try:
        handle = os.open(path, READ)
    except OSError:  # absent, too long a name, a link: nothing is announced
        return None
    with os.fdopen(handle, "rb") as file:
        return file.read(limit + 1) if S_ISREG(os.fstat(handle).st_mode) else None
