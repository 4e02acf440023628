"""The folders of a partner, as they stand on a disk we can look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, Self

PARTIAL_NAMES: Final = (
    "a.csv.part", "b.csv.tmp", "c.csv.filepart", "d.csv.PARTIAL", ".hidden.csv", "e.csv.sha256",
    "f.csv.ok", "g.csv.go", "h.csv.manifeste.json",
)  # fmt: skip


@dataclass(frozen=True)
class Shelves:
    """`depot/ archive/ ack/ retrait/ retour/` under one root."""

    root: Path

    @classmethod
    def made_under(cls, root: Path) -> Self:
        for name in ("depot", "archive", "ack", "retrait", "retour"):
            (root / name).mkdir(parents=True, exist_ok=True)
        return cls(root)

    @property
    def depot(self) -> Path:
        return self.root / "depot"

    @property
    def archive(self) -> Path:
        return self.root / "archive"

    @property
    def retrait(self) -> Path:
        return self.root / "retrait"

    def put(self, name: str, body: bytes) -> None:
        writing = self.root / "writing"
        writing.write_bytes(body)
        writing.rename(self.depot / name)

    def lose(self, name: str) -> None:
        (self.depot / name).unlink()

    def told(self) -> Sequence[str]:
        return sorted(_fingerprint(path) for path in (self.root / "ack").iterdir())


def final_files(folder: Path) -> Mapping[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if _is_final(p)}


def other_files(folder: Path) -> Sequence[str]:
    return sorted(p.name for p in folder.iterdir() if not _is_final(p))


def _is_final(path: Path) -> bool:
    return not path.name.startswith(".") and not path.name.endswith(".part")


def _fingerprint(path: Path) -> str:
    stat = path.stat()
    return f"{path.name} {sha256(path.read_bytes()).hexdigest()} {stat.st_ino} {stat.st_mtime_ns}"
