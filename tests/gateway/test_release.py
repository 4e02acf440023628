"""A release leaves with an entry and a grant, or it does not leave: and that is written."""

import io
import json
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Engine, select

from connectors.folder import FolderOutlet
from gateway.errors import NotAuthorised
from gateway.ledger.tables import ENTRY
from gateway.passage.release import Notary, Release, release
from gateway.store.database import open_engine
from gateway.store.releases import Extracted
from gateway.vault import Unsealer, Vault, generate_identity, open_folder

T = TypeVar("T")
KEY, DAY = "publication:h@v1:08:2022-06-15:abc", date(2022, 6, 15)


class InOrder:
    """Steps done as they come, nothing remembered: enough for one walk."""

    async def run(self, name: str, step: Callable[[], Awaitable[T]]) -> T:
        assert name
        return await step()


def opened(folder: Path, grant: Callable[[], object]) -> tuple[Release, Engine]:
    identity = generate_identity()
    store = open_folder(folder / "vault")
    sealed = Vault(store, [identity.public]).put(io.BytesIO(b"sealed for its recipient"))
    extracted = Extracted(
        id=KEY, product="risque-rupture", recipient="cd", departement="08", period=DAY,
        habilitation="h", habilitation_version=1, habilitation_digest="0" * 64, name="X.csv",
        sha256="1" * 64, size=1, rows=0, sealed=sealed.digest, sealed_size=sealed.size, seconds=0.1,
    )  # fmt: skip
    (folder / "pickup").mkdir()
    engine = open_engine(f"sqlite:///{folder / 'db.sqlite'}")
    notary = Notary(publish=lambda: None, receipt=lambda index: f"receipt {index}")
    outlet = FolderOutlet(folder / "pickup", "cd")
    house = Release(
        engine,
        lambda _key, _day: extracted,
        grant,
        Unsealer(store, [identity.secret]),
        outlet,
        notary,
    )
    return house, engine


def acts(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        bodies = connection.scalars(select(ENTRY.c.body).order_by(ENTRY.c.seq)).all()
    return [json.loads(body)["act"] for body in bodies]


async def test_a_release_leaves_with_its_entry_and_its_receipt(tmp_path: Path) -> None:
    house, engine = opened(tmp_path, grant=lambda: None)
    await release(KEY, DAY, house, InOrder())
    assert acts(engine) == ["release.authorised", "release.delivered"]
    manifest = json.loads((tmp_path / "pickup" / "X.csv.manifeste.json").read_text("utf-8"))
    assert manifest["journal"] == {"ecriture": 0, "recu": "receipt 0"}
    assert "décision" in manifest["mention"]
    assert (tmp_path / "pickup" / "X.csv.gpg").read_bytes() == b"sealed for its recipient"


async def test_a_habilitation_suspended_after_the_extract_stops_the_release(tmp_path: Path) -> None:
    def suspended() -> None:
        raise NotAuthorised("elle est suspendue")

    house, engine = opened(tmp_path, grant=suspended)
    with pytest.raises(NotAuthorised):
        await release(KEY, DAY, house, InOrder())
    assert acts(engine) == ["release.authorised", "release.refused"]
    assert list((tmp_path / "pickup").iterdir()) == []


async def test_no_receipt_no_release(tmp_path: Path) -> None:
    house, engine = opened(tmp_path, grant=lambda: None)

    def unpublished(index: int) -> str:
        raise IndexError(index)

    blind = Release(
        house.engine, house.extract, house.grant, house.sealed, house.outlet,
        Notary(publish=lambda: None, receipt=unpublished),
    )  # fmt: skip
    with pytest.raises(IndexError):
        await release(KEY, DAY, blind, InOrder())
    assert acts(engine) == ["release.authorised"]
    assert list((tmp_path / "pickup").iterdir()) == []
