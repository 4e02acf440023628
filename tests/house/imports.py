"""Who may import what, and what nobody may write: the rules of §5.3, read from the syntax tree."""

import ast
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch

from tests.house.tree import House, Source

# One line per sharp library. `*` also crosses folders.
OWNERS: Mapping[str, tuple[str, ...]] = {
    "gnupg": ("gateway/pgp/home.py",),
    "jwt": ("gateway/api/tokens.py",),
    "apscheduler": ("gateway/doors/clock.py",),
    "dbos": ("gateway/doors/durable.py", "gateway/doors/wire.py"),
    "asyncssh": (
        "connectors/ssh.py",
        "connectors/ssh_file.py",
        "connectors/ssh_identity.py",
        "connectors/ssh_line.py",
        "connectors/sandbox/sftp.py",
    ),
    "pyrage": ("gateway/vault/*",),
    "pkcs11": ("gateway/pseudonym/token.py",),
    "polars_hash": ("gateway/pseudonym/hashing.py",),
    "obstore": ("gateway/vault/*",),
    "sqlalchemy": ("gateway/store/*", "gateway/ledger/*"),
    "alembic": ("gateway/store/*",),
    "aiohttp": (
        "connectors/hubee/*",
        "connectors/rdv_insertion/*",
        "connectors/sandbox/hubee/*",
        "connectors/sandbox/rdv_insertion.py",
        "gateway/doors/http.py",
        "gateway/api/*",
        "gateway/webhooks/*",
    ),
    "pandera": ("schemas/*",),
    "holidays": ("gateway/calendar/working.py",),
    "lxml": ("schemas/*",),
    "typer": ("gateway/cli/*",),
    "rapidfuzz": ("gateway/identity/scoring/likeness.py",),
    "xlsxwriter": ("gateway/products/formats/workbook.py",),
    "fastexcel": ("gateway/products/spreadsheet.py",),
    "rich": ("gateway/cli/*", "gateway/demo/*"),
    # Not packages: an editable install would let them be imported, the wheel has neither.
    "keys": (),
    "config": (),
}
# A connection to the database is handed from floor to floor; only its owners write SQL on it.
HANDED_AROUND = frozenset({"sqlalchemy.Engine", "sqlalchemy.Connection", "sqlalchemy.Row"})
NEVER_IMPORTED = ("pickle", "cPickle", "marshal", "shelve", "dill", "yaml", "unittest.mock")
# To prove that a secret refuses to be pickled, one must try.
EXCUSED = {("tests/gateway/test_secret.py", "pickle")}
NEVER_PASSED = {"known_hosts": None, "verify_ssl": False, "verify": False, "shell": True}
ENVIRONMENT = ("environ", "environb", "getenv", "getenvb", "putenv")
READS_ENVIRONMENT = "gateway/settings/reading.py"


def imported(source: Source) -> Iterator[tuple[str, ast.AST]]:
    """Every dotted name a file imports, `from a import b` giving `a.b`; dynamic imports included."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module or ''}.{alias.name}", node) for alias in node.names)
        elif isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__"}:
            yield from ((name, node) for name in _literals(node))


def borrowed(house: House) -> list[str]:
    """Imports of a sharp library outside its owner."""
    return [
        f"{source.where(node)} {library}"
        for source in house.shipped
        for name, node in imported(source)
        if (library := name.split(".")[0]) in OWNERS
        and name not in HANDED_AROUND
        and not any(fnmatch(source.path, owner) for owner in OWNERS[library])
    ]


def forbidden(house: House) -> list[str]:
    """Imports nobody may make, and arguments nobody may pass."""
    found = [
        f"{source.where(node)} {name}"
        for source in house.sources
        for name, node in imported(source)
        if (source.path, name) not in EXCUSED
        and any(name == banned or name.startswith(f"{banned}.") for banned in NEVER_IMPORTED)
    ]
    return found + [
        f"{source.where(call)} {word.arg}"
        for source in house.sources
        for call in ast.walk(source.tree)
        if isinstance(call, ast.Call)
        for word in call.keywords
        if word.arg in NEVER_PASSED
        and isinstance(word.value, ast.Constant)
        and word.value.value is NEVER_PASSED[word.arg]
    ]


def environment_readers(house: House) -> list[str]:
    """Places of the shipped code that read the environment, the settings apart."""
    return [
        source.where(node)
        for source in house.shipped
        if source.path != READS_ENVIRONMENT
        for node in ast.walk(source.tree)
        if _reads_environment(node)
    ]


def builders(house: House, built_by: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Calls that build a state outside the files that may."""
    return [
        f"{source.where(node)} {name}"
        for source in house.shipped
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and (name := _called(node)) in built_by
        and source.path not in built_by[name]
    ]


def _reads_environment(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "os" and any(alias.name in ENVIRONMENT for alias in node.names)
    return (
        isinstance(node, ast.Attribute)
        and node.attr in ENVIRONMENT
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    )


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _literals(call: ast.Call) -> Iterator[str]:
    for argument in call.args[:1]:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value
