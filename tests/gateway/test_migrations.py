"""The schema that migrations make is the one the tables declare, on both databases, and twice is once."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, String, create_engine, inspect, text

from gateway.store.database import head, migrate, open_engine
from gateway.store.ladder import climb
from gateway.store.tables import METADATA
from tests.house.tree import ROOT
from tests.world.databases import KINDS, postgres_url, sqlite_url
from tests.world.postgres import postgres

SCRIPTS = ROOT / "gateway" / "store" / "migrations"


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


@pytest.fixture
def climbed(request: pytest.FixtureRequest, url: str, tmp_path: Path) -> Iterator[Engine]:
    """A database that was given every migration, one after the other, from nothing."""
    if url.startswith("sqlite"):
        opened = create_engine(f"sqlite:///{tmp_path / 'climbed.sqlite'}")
    else:
        opened = create_engine(postgres_url(request.getfixturevalue("server")))
    with opened.begin() as connection:
        climb(connection)
    yield opened
    opened.dispose()


def differences(engine: Engine) -> list[object]:
    """What alembic would have to change to make it the declared schema."""
    with engine.connect() as connection:
        compared = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=compared)
        return list(compare_metadata(context, METADATA))


def shape(engine: Engine) -> dict[str, object]:
    """Everything the database says of each of its tables."""
    seen = inspect(engine)
    return {
        table: (
            {column["name"]: str(sorted(column.items())) for column in seen.get_columns(table)},
            seen.get_pk_constraint(table),
            sorted(map(str, seen.get_indexes(table))),
            sorted(map(str, seen.get_unique_constraints(table))),
            sorted(map(str, seen.get_check_constraints(table))),
            sorted(map(str, seen.get_foreign_keys(table))),
        )
        for table in seen.get_table_names()
    }


def version(engine: Engine) -> str | None:
    with engine.connect() as connection:
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return found


def held(engine: Engine) -> list[str]:
    return sorted(inspect(engine).get_table_names())


def test_the_migrated_schema_is_the_one_declared(climbed: Engine) -> None:
    assert differences(climbed) == []


def test_a_new_database_has_the_schema_that_migrations_make(
    engine: Engine, climbed: Engine
) -> None:
    assert differences(engine) == []
    assert shape(engine) == shape(climbed)
    assert version(engine) == version(climbed)


def test_the_last_migration_is_the_one_alembic_knows() -> None:
    assert ScriptDirectory(str(SCRIPTS)).get_current_head() == head()


def test_the_lowest_version_is_brought_up_to_date(engine: Engine) -> None:
    with engine.begin() as connection:
        migrated(connection, command.downgrade, "0001")
    assert differences(engine) != []
    migrate(engine)
    assert differences(engine) == []
    assert version(engine) == head()


def test_two_gateways_may_find_an_empty_database_at_once(url: str) -> None:
    with ThreadPoolExecutor(8) as many:
        engines = list(many.map(open_engine, [url] * 8))
    assert [version(engine) for engine in engines] == [head()] * 8
    for engine in engines:
        engine.dispose()


def test_opening_a_new_database_or_one_up_to_date_does_without_alembic(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom gateway.store.database import open_engine\n"
        "for _ in range(2): open_engine(sys.argv[1]).dispose()\n"
        "print([name for name in sys.modules if name.partition('.')[0] == 'alembic'])"
    )
    command = [sys.executable, "-c", script, sqlite_url(tmp_path)]
    assert subprocess.check_output(command, cwd=ROOT, text=True) == "[]\n"


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
    assert differences(engine) != []


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
    since = {"arrival", "is_test", "rejects", "kind"}
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
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    step(config, to)


def test_what_an_earlier_version_received_was_no_test_and_kept_no_line(engine: Engine) -> None:
    columns = [
        c
        for c in METADATA.tables["delivery"].columns
        if c.name not in {"is_test", "rejects", "kind"}
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
