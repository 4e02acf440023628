"""Settings: every mistake at once, nothing unknown, no secret, and a page that lists them all."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import msgspec
import pytest

from gateway.errors import Misconfigured
from gateway.pgp import Policy
from gateway.settings import (
    Main,
    Partner,
    Settings,
    config_path,
    credentials_folder,
    inner_table,
    load,
    spelled,
)
from gateway.settings.cms import CmsTerms
from tests.house.tree import ROOT

CONFIG = ROOT / "config"
GOOD = '[paths]\nvar = "var"\nkeys = "../keys"\n[ledger]\norigin = "example.org/journal"\n[antivirus]\nmode = "off"\n'
PE = """\
alias = "pe"
name = "Pôle emploi"
siret = "00000000000012"
[sftp]
host = "127.0.0.1"
port = 22
username = "u"
client_key = "sftp.key"
host_keys = ["ssh-ed25519 AAAA"]
[[flows]]
flow = "pe-parcours"
departement = "2A"
"""
ROW = re.compile(r"^\| `([a-z0-9_.]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def write(folder: Path, main: str = GOOD, **partners: str) -> Path:
    (folder / "partners").mkdir(parents=True, exist_ok=True)
    for name, text in partners.items():
        (folder / "partners" / f"{name}.toml").write_text(text, "utf-8")
    path = folder / "gateway.toml"
    path.write_text(main, "utf-8")
    return path


def faults(path: Path) -> list[str]:
    with pytest.raises(Misconfigured) as refused:
        load(path)
    return [line.removeprefix("  - ") for line in str(refused.value).splitlines()[1:]]


def test_what_is_not_written_has_its_default(tmp_path: Path) -> None:
    found = load(write(tmp_path, pe=PE))
    (partner,) = found.partners
    assert (found.main.http.port, found.main.clock.poll_minutes) == (8765, 10)
    assert partner.flows[0].envelope == "openpgp"
    assert partner.hubee is None


def test_a_partner_in_cms_signs_unless_it_is_written_otherwise(tmp_path: Path) -> None:
    in_cms = PE.replace('"2A"', '"2A"\nenvelope = "cms"')
    (partner,) = load(write(tmp_path, pe=in_cms)).partners
    assert (partner.cms, CmsTerms().signature, CmsTerms().integrity) == (
        None,
        "required",
        "required",
    )
    given_up = in_cms + '[cms]\nsignature = "none"\nintegrity = "none"\n'
    (partner,) = load(write(tmp_path, pe=given_up)).partners
    assert partner.cms == CmsTerms(signature="none", integrity="none")


def test_what_is_agreed_of_openpgp_is_what_it_is_judged_by(tmp_path: Path) -> None:
    signer = "AB" * 20
    text = f"""[openpgp]
rsa_2048_until = 2030-12-31
ciphers = ["AES256"]
max_ratio = 50
hidden_recipients = true
signers = ["{signer}"]
[sftp]"""
    (partner,) = load(write(tmp_path, pe=PE.replace("[sftp]", text))).partners
    agreed, safe = partner.openpgp.policy, Policy()
    assert agreed == replace(
        safe,
        rsa_2048_until=date(2030, 12, 31),
        ciphers=frozenset({"AES256"}),
        max_ratio=50,
        hidden_recipients=True,
        signers=frozenset({signer}),
    )
    (partner,) = load(write(tmp_path, pe=PE)).partners
    assert partner.openpgp.policy == safe


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("0.06", "dépasse le seuil du contrat (0.05)"),
        ("0.05", ""),
        ("0", ""),
        ("1.5", "part, de 0 à 1"),
        ("-0.1", "part, de 0 à 1"),
    ],
)
def test_a_convention_may_only_lower_what_a_contract_tolerates(
    written: str, said: str, tmp_path: Path
) -> None:
    path = write(tmp_path, pe=f"{PE}reject_threshold = {written}\n")
    if said:
        assert [fault for fault in faults(path) if said in fault]
    else:
        assert load(path).partners[0].flows[0].reject_threshold == float(written)


def test_systemd_names_the_folder_of_its_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert credentials_folder() is None
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials/passerelle.service")
    assert credentials_folder() == Path("/run/credentials/passerelle.service")


def test_every_mistake_of_every_file_is_listed_at_once(tmp_path: Path) -> None:
    main = '[paths]\nvar = 3\nkeyz = ""\n[http]\nport = 99999\n[clock]\npoll_minutes = "dix"\n'
    broken = PE.replace('"Pôle emploi"', '""').replace("port = 22", "port = 0")
    path = write(tmp_path, main, a=broken + 'departement = "08"\n', b="alias = [\n", c=broken)
    found = faults(path)
    assert found == [
        "gateway.toml : « ledger » manque",
        "gateway.toml : clé inconnue « paths.keyz »",
        "gateway.toml : « paths.keys » manque",
        "gateway.toml : « paths.var » : attendu texte",
        "gateway.toml : « clock.poll_minutes » : attendu entier positif",
        "gateway.toml : « http.port » : attendu port, de 1 à 65535",
        *[one for one in found if one.startswith("a.toml : TOML illisible")],
        *[one for one in found if one.startswith("b.toml : TOML illisible")],
        "c.toml : « name » : attendu texte",
        "c.toml : « sftp.port » : attendu port, de 1 à 65535",
    ]
    assert len(found) == 10


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("known_hosts = false", "« flows[0].known_hosts »"),
        ("nir = true", "« flows[0].nir »"),
        ("[sftp2]\nhost = 'x'", "« sftp2 »"),
    ],
)
def test_an_unknown_key_is_refused_wherever_it_is(tmp_path: Path, line: str, place: str) -> None:
    (fault,) = faults(write(tmp_path, pe=f"{PE}{line}\n"))
    assert fault == f"pe.toml : clé inconnue {place}"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('alias = "pe"', 'alias = "../pe"', "« alias » : attendu minuscules, chiffres et tirets"),
        ('"00000000000012"', '"12"', "« siret » : attendu 14 chiffres"),
        ('"00000000000012"', "12", "« siret » : attendu 14 chiffres"),
        ('"2A"', '"2C"', "« flows[0].departement » : attendu code de département"),
        ('"pe-parcours"', '"pe-tout"', "flux inconnu : pe-tout"),
        ('["ssh-ed25519 AAAA"]', '[""]', "« sftp.host_keys » : attendu liste de textes"),
        ("[[flows]]", "[flows]", "« flows » doit être une liste de tables"),
        ("[sftp]", "[folder]\npath = 'x'\n[sftp]", "un lieu d'échange et un seul"),
        ('"2A"', '"2A"\nenvelope = "hubee"', 'envelope = "hubee" ne vaut que par HubEE'),
        ('"2A"', '"2A"\nenvelope = "none"', 'attendu "openpgp" ou "hubee"'),
        ('"2A"', '"2A"\n[[flows]]\nflow = "pe-parcours"\ndepartement = "2A"', "déclaré deux fois"),
        ('"2A"', '"2A"\n[cms]\nsignature = "none"', "[cms] ne vaut que pour un flux dont envelope"),
        ('"2A"', '"2A"\nenvelope = "cms"\n[cms]\nintegrity = "none"', "qu'avec signature"),
        ('"2A"', '"2A"\nenvelope = "cms"\n[cms]\nsignature = "no"', '"required" ou "none"'),
        ('"2A"', '"2A"\nmax_bytes = 0', "« flows[0].max_bytes » : attendu entier positif"),
        ("[sftp]", "[openpgp]\nrsa_2048_until = 2031-01-01\n[sftp]", "2030-12-31 au plus tard"),
        ("[sftp]", "[openpgp]\nrsa_bits = 2048\n[sftp]", "attendu bits, 3072 au moins"),
        ("[sftp]", '[openpgp]\nciphers = ["3DES"]\n[sftp]', "attendu liste parmi"),
        ("[sftp]", '[openpgp]\ndigests = ["SHA1"]\n[sftp]', "attendu liste parmi"),
        ("[sftp]", '[openpgp]\nfamilies = ["dsa"]\n[sftp]', "attendu liste parmi"),
        ("[sftp]", '[openpgp]\nsigners = ["ABCD"]\n[sftp]', "empreintes de 40 chiffres"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in PE
    assert any(said in fault for fault in faults(write(tmp_path, pe=PE.replace(old, new))))


def test_two_partners_of_one_alias_are_refused(tmp_path: Path) -> None:
    assert faults(write(tmp_path, a=PE, b=PE)) == ["partenaire déclaré deux fois : pe"]


@pytest.mark.parametrize("name", ["url", "durable_url"])
@pytest.mark.parametrize("where", ["u:s3cret@db/p", "u@db/p?password=s3cret"])
def test_a_password_is_refused_and_never_repeated(tmp_path: Path, name: str, where: str) -> None:
    path = write(tmp_path, f'{GOOD}[database]\n{name} = "postgresql+psycopg://{where}"\n')
    (fault,) = faults(path)
    assert f"« database.{name} » porte un mot de passe" in fault
    assert "s3cret" not in fault


def test_a_file_that_holds_a_password_may_be_named(tmp_path: Path) -> None:
    url = "postgresql+psycopg://u@db/p?passfile=/run/secrets/pgpass"
    assert load(write(tmp_path, f'{GOOD}[database]\nurl = "{url}"\n')).main.database.url == url


def test_no_setting_holds_a_secret(tmp_path: Path) -> None:
    names = {name for name, *_ in settings_of(Main)} | {name for name, *_ in settings_of(Partner)}
    secret = {name for name in names if re.search("secret|password|passphrase|token$", name)}
    assert secret == {
        "sftp.client_key_passphrase_file",
        "hubee.demarches.client_secret_file",
        "hubee_outlet.client_secret_file",
        "api.datapass_secret_file",
        "rdv_insertion.password_file",
    }
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "hubee.secret").write_text("s3cret")
    cnaf = (CONFIG / "partners" / "cnaf.example.toml").read_text("utf-8")
    assert "s3cret" not in repr(load(write(tmp_path / "config", cnaf=cnaf)))


def test_relative_paths_start_from_the_settings_file_wherever_we_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "config")
    monkeypatch.chdir(tmp_path)
    found = load(Path("config/gateway.toml"))
    monkeypatch.chdir("/")
    assert found.path(found.main.paths.var) == tmp_path / "config" / "var"
    assert found.path(found.main.paths.keys) == tmp_path / "keys"
    assert found.path("/absolute") == Path("/absolute")
    assert found.path("~/x") == Path.home() / "x"


def test_examples_beside_real_files_are_not_read(tmp_path: Path) -> None:
    path = write(tmp_path, pe=PE)
    (tmp_path / "partners" / "x.example.toml").write_text("nonsense = [")
    found = load(path)
    assert len(found.partners) == 1


@pytest.mark.parametrize("place", ["absent.toml", "."])
def test_a_file_that_cannot_be_read_is_said_in_one_sentence(tmp_path: Path, place: str) -> None:
    (fault,) = faults(tmp_path / place)
    assert fault.endswith(("introuvable", "illisible"))


def test_the_environment_names_the_file_and_an_option_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PASSERELLE_CONFIG", raising=False)
    with pytest.raises(Misconfigured, match="PASSERELLE_CONFIG"):
        config_path(None)
    monkeypatch.setenv("PASSERELLE_CONFIG", "/etc/passerelle/gateway.toml")
    assert config_path(None) == Path("/etc/passerelle/gateway.toml")
    assert config_path(Path("x.toml")) == Path("x.toml")


# --- what an administrator copies


@pytest.fixture
def copied(tmp_path: Path) -> Settings:
    """The examples, copied as the page says."""
    for example in CONFIG.rglob("*.example.toml"):
        place = tmp_path / example.relative_to(CONFIG).with_name(
            example.name.replace(".example", "")
        )
        place.parent.mkdir(exist_ok=True)
        shutil.copy(example, place)
    return load(tmp_path / "gateway.toml")


def test_the_examples_are_valid_and_there_is_one_of_each_place(copied: Settings) -> None:
    kinds = [
        [
            place
            for place in ("sftp", "hubee", "folder", "api", "hubee_outlet", "rdv_insertion")
            if getattr(p, place)
        ]
        for p in copied.partners
    ]
    assert sorted(kinds) == [
        ["api"],
        ["folder"],
        ["hubee"],
        ["hubee_outlet"],
        ["rdv_insertion"],
        ["sftp"],
    ]


def test_the_examples_show_every_setting() -> None:
    shown = "".join(path.read_text("utf-8") for path in CONFIG.rglob("*.example.toml"))
    last = {name.rpartition(".")[2] for shape in (Main, Partner) for name, *_ in settings_of(shape)}
    written = r"^(#? ?{name}\b|\[[a-z_.]+\.{name}\])"  # a key, or a table
    assert {
        name for name in last if not re.search(written.format(name=name), shown, re.MULTILINE)
    } == set()


def test_every_line_of_an_example_that_decides_is_explained_in_french() -> None:
    for path in (CONFIG / "gateway.example.toml", *(CONFIG / "partners").glob("*.example.toml")):
        assert path.read_text("utf-8").count("#") >= 3, path.name


def test_the_page_lists_exactly_the_settings_there_are() -> None:
    page = (ROOT / "docs" / "reglages.md").read_text("utf-8")
    listed = [(name, kind, default) for name, kind, default, _ in ROW.findall(page)]
    assert listed == [*settings_of(Main), *settings_of(Partner)]
    assert all(len(meaning.split()) > 1 for *_, meaning in ROW.findall(page))


def settings_of(shape: type[msgspec.Struct], place: str = "") -> Iterator[tuple[str, str, str]]:
    """Every setting, as its page must say it: name, type, default."""
    for field in msgspec.structs.fields(shape):
        inner = inner_table(field.type)
        if inner is not None:
            yield from settings_of(inner, f"{place}{field.name}.")
            continue
        written = f"`{msgspec.json.encode(field.default).decode()}`" if not field.required else ""
        default = "obligatoire" if field.required else written.replace("`null`", "aucun")
        yield f"{place}{field.name}", spelled(field.type), default
