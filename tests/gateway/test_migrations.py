"""The schema that migrations make is the one the tables declare, on both databases, and twice is once."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, String, inspect, text

from gateway.store.database import migrate, open_engine
from gateway.store.tables import METADATA
from tests.house.tree import ROOT
from tests.world.databases import KINDS, postgres_url, sqlite_url
from tests.world.postgres import postgres


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    return postgres_url(request.getfixturevalue("server"))


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    opened = open_engine(url)
    yield opened
    opened.dispose()


def held(engine: Engine) -> list[str]:
    return sorted(inspect(engine).get_table_names())


def test_the_migrated_schema_is_the_one_declared(engine: Engine) -> None:
    with engine.connect() as connection:
        compared = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=compared)
        assert compare_metadata(context, METADATA) == []


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE delivery ADD COLUMN nir VARCHAR(15)",
        "DROP INDEX delivery_plaintext",
        "CREATE TABLE persons (nir VARCHAR(15))",
    ],
)
def test_a_change_that_nobody_migrated_is_seen(engine: Engine, change: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(change))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) != []


def test_migrating_twice_is_migrating_once(engine: Engine, url: str) -> None:
    before = held(engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO ledger_head (id, size) VALUES (0, 7)"))
    migrate(engine)
    again = open_engine(url)
    with again.begin() as connection:
        assert connection.scalar(text("SELECT size FROM ledger_head")) == 7
    assert held(again) == before
    again.dispose()


def test_what_an_earlier_version_received_has_no_arrival(engine: Engine) -> None:
    since = {"arrival", "is_test", "rejects"}
    columns = [c for c in METADATA.tables["delivery"].columns if c.name not in since]
    required = [c for c in columns if not c.nullable]
    values = [f"'{c.name[:3]}'" if isinstance(c.type, String) else "0" for c in required]
    values[[c.name for c in required].index("received_at")] = "'2026-01-01 00:00:00'"
    names = ", ".join(c.name for c in required)
    with engine.begin() as connection:
        migrated(connection, command.downgrade, "0002")
        connection.execute(text(f"INSERT INTO delivery ({names}) VALUES ({', '.join(values)})"))
        migrated(connection, command.upgrade, "head")
        assert connection.execute(text("SELECT id, arrival FROM delivery")).all() == [("id", "")]


def migrated(connection: Connection, step: Callable[[Config, str], None], to: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "gateway" / "store" / "migrations"))
    config.attributes["connection"] = connection
    step(config, to)


def test_what_an_earlier_version_received_was_no_test_and_kept_no_line(engine: Engine) -> None:
    columns = [
        c for c in METADATA.tables["delivery"].columns if c.name not in {"is_test", "rejects"}
    ]
    required = [c for c in columns if not c.nullable]
    values = [f"'{c.name[:3]}'" if isinstance(c.type, String) else "0" for c in required]
    values[[c.name for c in required].index("received_at")] = "'2026-01-01 00:00:00'"
    names = ", ".join(c.name for c in required)
    with engine.begin() as connection:
        migrated(connection, command.downgrade, "0003")
        connection.execute(text(f"INSERT INTO delivery ({names}) VALUES ({', '.join(values)})"))
        migrated(connection, command.upgrade, "head")
        kept = connection.execute(text("SELECT is_test, rejects, replay_of FROM delivery")).one()
        assert (bool(kept[0]), kept[1], kept[2]) == (False, "", None)


def test_no_column_is_named_after_a_person() -> None:
    identifying = {
        "nir",
        "nom",
        "prenom",
        "telephone",
        "email",
        "courriel",
        "naissance",
        "matricule",
    }
    columns = {f"{t.name}.{c.name}" for t in METADATA.tables.values() for c in t.columns}
    assert [name for name in columns if identifying & set(name.replace(".", "_").split("_"))] == []
