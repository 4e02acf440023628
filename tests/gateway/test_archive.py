"""Tables at rest: whole, sealed under one key, named by what they hold."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from gateway.archive import Archive
from gateway.vault import (
    Damaged,
    NotHeld,
    Unsealer,
    Vault,
    WrongKey,
    generate_identity,
    open_folder,
)

FRAME = pl.DataFrame(
    {
        "TEXT": ["é", None, ""],
        "DAY": [date(2022, 6, 15), None, date(1900, 1, 1)],
        "AT": [datetime(2022, 6, 15, tzinfo=UTC), None, None],
        "LIST": [[{"CHAMP": "a", "VALEUR": "b"}], [], None],
        "NUMBER": [1.5, None, -0.0],
    }
)


def archive(folder: Path) -> Archive:
    pair, store = generate_identity(), open_folder(folder)
    return Archive(Vault(store, [pair.public]), Unsealer(store, [pair.secret]))


def sealed(folder: Path) -> Path:
    (found,) = folder.rglob("*.age")
    return found


@pytest.mark.parametrize(
    "frame", [FRAME, FRAME.clear(), pl.DataFrame()], ids=["rows", "none", "empty"]
)
def test_a_table_comes_back_as_it_was(tmp_path: Path, frame: pl.DataFrame) -> None:
    here = archive(tmp_path)
    found = here.read(here.write(frame))
    assert found.equals(frame)
    assert found.schema == frame.schema


def test_the_same_table_has_the_same_name_and_is_kept_once(tmp_path: Path) -> None:
    here = archive(tmp_path)
    assert here.write(FRAME) == here.write(FRAME.clone())
    assert here.write(FRAME.head(1)) != here.write(FRAME)
    assert len([*tmp_path.rglob("*.age")]) == 2


def test_what_rests_is_not_the_table(tmp_path: Path) -> None:
    archive(tmp_path).write(pl.DataFrame({"NOM": ["somebody"] * 50}))
    body = sealed(tmp_path).read_bytes()
    assert b"somebody" not in body
    assert b"PAR1" not in body
    assert b"NOM" not in body


def test_another_purpose_cannot_open_it(tmp_path: Path) -> None:
    digest = archive(tmp_path).write(FRAME)
    with pytest.raises(WrongKey):
        archive(tmp_path).read(digest)


def test_a_table_that_rotted_is_never_read(tmp_path: Path) -> None:
    here = archive(tmp_path)
    digest = here.write(FRAME)
    path = sealed(tmp_path)
    body = bytearray(path.read_bytes())
    body[-20] ^= 1
    path.chmod(0o600)
    path.write_bytes(body)
    with pytest.raises(Damaged):
        here.read(digest)


def test_a_table_nobody_wrote_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotHeld):
        archive(tmp_path).read("0" * 64)
