"""A folder of files to publish: one sub-folder per démarche, and in it one file or folder per case.

`RSABEI-RSABAI/RSABEI.xml` is a case with one file, `RSABEI-RSABAI/mars/*` one case with them all.
Numbers come from contents: publishing the same folder again publishes nothing.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from connectors.sandbox.hubee.admin.demarches import announced
from connectors.sandbox.hubee.publishing import FileToLoad
from connectors.sandbox.hubee.sandbox import HubeeSandbox


async def publish_folder(
    sandbox: HubeeSandbox, folder: Path, home: tuple[str, str], demarches: Sequence[str]
) -> list[str]:
    """Publish what is there for these démarches; return the cases."""
    cases: list[str] = []
    for demarche in demarches:
        for paths in _groups(folder / demarche):
            files = [FileToLoad(p.name, *announced(demarche, p.name), p) for p in paths]
            number = f"CNAF-{demarche[:5]}-{_digest(paths)}"
            cases += await sandbox.load(demarche, [home], files, number)
    return cases


def unknown_folders(folder: Path, demarches: Sequence[str]) -> list[str]:
    """Return the sub-folders no démarche is named after."""
    return sorted(p.name for p in folder.iterdir() if p.is_dir() and p.name not in demarches)


def _groups(folder: Path) -> Iterator[list[Path]]:
    for place in sorted(folder.iterdir()) if folder.is_dir() else []:
        if place.name.startswith("."):
            continue
        files = [place] if place.is_file() else sorted(p for p in place.iterdir() if p.is_file())
        filled = [p for p in files if p.stat().st_size]
        if filled:
            yield filled


def _digest(paths: Sequence[Path]) -> str:
    whole = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()[:16]
