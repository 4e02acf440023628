"""Where the master of pseudonyms may be: a file, a credential, two shares, a token."""

import hashlib
import hmac
import secrets
import shutil
from pathlib import Path

import pytest

from gateway.errors import Misconfigured
from gateway.keyring import Keyring, write_private
from gateway.masterkey import forget_file, make_shares, open_master, share_places
from gateway.pseudonym import JOURNEYS, Deriver, Pseudonymiser, derive_key, fingerprint_of
from gateway.pseudonym.token import TokenMaster, TokenPlace, open_token
from gateway.secret import Secret
from gateway.settings import Settings, load
from tests.world.furnished import CONFIG, document, run
from tests.world.softhsm import MODULE, PIN, TOKEN, Softhsm, softhsm

SHARES = 'master = "shares"\nshares = ["../un/p.part", "../deux/p.part"]\n'


def house(root: Path, pseudonyms: str = SHARES) -> Path:
    """Settings, a folder of keys and a place for each officer; no key yet."""
    for name in ("config", "cles", "un", "deux"):
        (root / name).mkdir(mode=0o700)
    config = root / "config" / "gateway.toml"
    config.write_text(CONFIG.partition("[pseudonyms]")[0] + "[pseudonyms]\n" + pseudonyms)
    return config


def opened(config: Path, credentials: Path | None = None) -> Secret[bytes] | Deriver:
    settings = load(config)
    return open_master(settings, Keyring(settings.path(settings.main.paths.keys), credentials))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house whose keys were created once, with two shares."""
    root = tmp_path_factory.mktemp("made")
    result = run("key", "create", "--config", house(root))
    assert result.exit_code == 0, result.stderr
    return root


@pytest.fixture
def shared(made: Path, tmp_path: Path) -> Path:
    """The settings of a copy of one's own."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "config" / "gateway.toml"


@pytest.fixture
def in_a_file(shared: Path, tmp_path: Path) -> Path:
    """The same with the master in one file, and no share."""
    for share in tmp_path.rglob("*.part"):
        share.unlink()
    write_private(tmp_path / "cles" / "pseudonym.key", secrets.token_bytes(32))
    shared.write_text(shared.read_text().replace(SHARES, 'master = "file"\n'))
    return shared


# --- shares


def test_keys_are_created_with_two_shares_and_no_master_anywhere(
    shared: Path, tmp_path: Path
) -> None:
    config = shared
    assert not (tmp_path / "cles" / "pseudonym.key").exists()
    master = opened(config)
    assert isinstance(master, Secret)
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert master.reveal() not in path.read_bytes()
            assert master.reveal().hex() not in path.read_text("latin-1")
    assert {p.stat().st_mode & 0o777 for p in tmp_path.rglob("*.part")} == {0o600}
    again = run("key", "create", "--config", config)
    assert fingerprint_of(master) in again.stdout
    assert opened(config) == master


def test_a_share_is_checked_without_being_shown(shared: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "un" / "p.part", tmp_path / "deux" / "p.part"
    half = one.read_text().splitlines()[-1].split(":")[3]
    said = document(run("key", "share", "check", one, other, "--json"))
    assert (said["part"], said["ensemble"]) == (1, True)
    told = run("key", "share", "check", other)
    assert "Part 2 sur 2" in told.stdout
    assert half not in told.stdout + run("key", "share", "check", one).stdout
    assert run("key", "share", "check", other, one).exit_code == 3
    one.chmod(0o644)
    assert "chmod 600" in run("key", "share", "check", one).stderr


@pytest.mark.parametrize(
    "words", [("crossing", "precision", "08"), ("retention", "apply"), ("key", "epoch", "apply")]
)
def test_a_command_that_opens_what_is_kept_takes_the_master_the_settings_choose(
    shared: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    assert run(*words, "--config", shared).exit_code == 0
    share = next(iter(sorted(tmp_path.rglob("*.part"))))
    share.unlink()
    without = run(*words, "--config", shared)
    assert without.exit_code != 0
    assert "part" in without.stderr


def test_a_share_without_the_other_stops_and_draws_no_new_master(
    shared: Path, tmp_path: Path
) -> None:
    config = shared
    (tmp_path / "deux" / "p.part").unlink()
    with pytest.raises(Misconfigured, match="absent"):
        opened(config)
    result = run("key", "create", "--config", config)
    assert result.exit_code == 3
    assert "une part sans l'autre" in result.stderr
    assert not (tmp_path / "deux" / "p.part").exists()


@pytest.mark.parametrize("left", [("un",), ("un", "deux")])
def test_shares_half_written_by_a_killed_creation_are_finished(
    shared: Path, tmp_path: Path, left: tuple[str, ...]
) -> None:
    config = shared
    master = opened(config)
    places = {name: tmp_path / name / "p.part" for name in ("un", "deux")}
    (tmp_path / "un" / ".p.part.nouvelle.new").write_text("cut short")
    for name in ("deux", *left):  # killed before the second took its name, or before the first did
        if places[name].exists():
            places[name].rename(places[name].with_name("p.part.nouvelle"))
    assert run("key", "create", "--config", config).exit_code == 0
    assert opened(config) == master


def test_what_a_killed_creation_left_aside_does_not_stop_the_next(tmp_path: Path) -> None:
    places = [tmp_path / "un.part", tmp_path / "deux.part"]
    (tmp_path / ".un.part.nouvelle.new").write_text("cut short")
    (tmp_path / "deux.part.nouvelle").write_text("of another split")
    fingerprint, is_new = make_shares(places)
    assert (is_new, make_shares(places)) == (True, (fingerprint, False))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deux.part", "un.part"]


def test_the_file_is_not_forgotten_unless_the_shares_give_it_back(
    shared: Path, tmp_path: Path
) -> None:
    key = tmp_path / "cles" / "pseudonym.key"
    write_private(key, secrets.token_bytes(32))
    with pytest.raises(Misconfigured, match="rien n'a été effacé"):
        forget_file(load(shared), Keyring(key.parent))
    assert key.exists()


def test_a_share_that_systemd_gives_wins_over_a_path(shared: Path, tmp_path: Path) -> None:
    config = shared
    master, given = opened(config), tmp_path / "credentials"
    given.mkdir()
    for rank, name in enumerate(("un", "deux"), 1):
        place = tmp_path / name / "p.part"
        (given / f"pseudonym-{rank}.share").write_bytes(place.read_bytes())
        (given / f"pseudonym-{rank}.share").chmod(0o440)
        place.unlink()
    assert opened(config, given) == master
    (given / "pseudonym-1.share").chmod(0o444)
    with pytest.raises(Misconfigured, match="lisible par d'autres"):
        opened(config, given)


def test_a_master_in_one_file_is_split_without_changing_a_name(
    in_a_file: Path, tmp_path: Path
) -> None:
    config = in_a_file
    assert run("key", "split", "--config", config).exit_code == 3, "not asked for in the settings"
    before = Pseudonymiser(opened(config), JOURNEYS).of("x")
    config.write_text(config.read_text().replace('master = "file"\n', SHARES))
    assert "encore là" in run("key", "split", "--config", config).stdout
    said = document(run("key", "split", "--effacer", "--json", "--config", config))
    assert said["fichier_efface"] is True
    assert not (tmp_path / "cles" / "pseudonym.key").exists()
    assert Pseudonymiser(opened(config), JOURNEYS).of("x") == before


def test_shares_of_another_master_are_not_replaced_and_the_file_stays(
    shared: Path, tmp_path: Path
) -> None:
    config = shared
    (tmp_path / "cles" / "pseudonym.key").write_bytes(secrets.token_bytes(32))
    (tmp_path / "cles" / "pseudonym.key").chmod(0o600)
    result = run("key", "split", "--effacer", "--config", config)
    assert result.exit_code == 3
    assert "autre clé" in result.stderr
    assert (tmp_path / "cles" / "pseudonym.key").exists()


def test_the_doctor_says_a_master_nobody_chose_or_left_behind(
    in_a_file: Path, tmp_path: Path
) -> None:
    config = in_a_file
    config.write_text(config.read_text().replace('master = "file"\n', ""))
    warned = document(run("doctor", "--json", "--config", config))["a_surveiller"]
    assert any("rien ne l'a choisi" in line for line in warned)
    config.write_text(config.read_text() + SHARES)
    run("key", "split", "--config", config)
    warned = document(run("doctor", "--json", "--config", config))["a_surveiller"]
    assert any("encore dans le dossier" in line for line in warned)
    (tmp_path / "un" / "p.part").write_bytes((tmp_path / "deux" / "p.part").read_bytes())
    assert any(
        "deux fois" in f for f in document(run("doctor", "--json", "--config", config))["a_reparer"]
    )


def test_a_file_that_systemd_gives_wins_over_the_folder(in_a_file: Path, tmp_path: Path) -> None:
    config = in_a_file
    given, key = tmp_path / "credentials", secrets.token_bytes(32)
    given.mkdir()
    (given / "pseudonym.key").write_bytes(key)
    (given / "pseudonym.key").chmod(0o400)
    assert opened(config, given) == Secret(key)
    assert opened(config) != Secret(key)
    (given / "pseudonym.key").chmod(0o600)
    (given / "pseudonym.key").write_bytes(bytes(32))
    (given / "pseudonym.key").chmod(0o400)
    with pytest.raises(Misconfigured, match="tirés au hasard"):
        opened(config, given)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('master = "pkcs11"\n', "veut module"),
        ('master = "file"\nmodule = "/x.so"\n', "ne vaut qu'avec"),
        ('master = "file"\nshares = ["a", "b"]\n', "ne valent qu'avec"),
        ('master = "shares"\nshares = ["a/x"]\n', "deux fichiers"),
        ('master = "shares"\nshares = ["a/x", "a/x"]\n', "deux fichiers"),
        ('master = "shares"\nshares = ["a/x", "a/y"]\n', "même dossier"),
        ('master = "file"\ntogether = true\n', "ne valent qu'avec"),
    ],
)
def test_a_source_half_described_is_refused(tmp_path: Path, written: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=said):
        load(house(tmp_path, written))


def test_two_shares_in_one_folder_must_be_typed(tmp_path: Path) -> None:
    one_folder = 'master = "shares"\nshares = ["../un/1", "../un/2"]\ntogether = true\n'
    settings = load(house(tmp_path, one_folder))
    fingerprint, is_new = make_shares(share_places(settings))
    assert is_new
    assert fingerprint == fingerprint_of(opened(tmp_path / "config" / "gateway.toml"))


# --- a token


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Softhsm:
    made = softhsm(tmp_path_factory.mktemp("token"))
    made.draw("passerelle-pseudonymes")
    return made


def place(label: str = "passerelle-pseudonymes", pin: str = PIN) -> TokenPlace:
    return TokenPlace(MODULE, TOKEN, label, Secret(pin))


def extracted(master: bytes) -> bytes:
    """HKDF-Extract without salt, by the book."""
    return hmac.digest(bytes(32), master, hashlib.sha256)


def test_a_token_gives_the_names_of_the_master_it_was_loaded_with(token: Softhsm) -> None:
    master = secrets.token_bytes(32)
    token.load("reprise", extracted(master))
    ids = [secrets.token_hex(16) for _ in range(50)]
    held = Pseudonymiser(Secret(master), JOURNEYS).of_all(ids)
    assert Pseudonymiser(open_token(place("reprise")), JOURNEYS).of_all(ids) == held


def test_what_was_drawn_in_a_token_gives_keys_that_differ_by_domain(token: Softhsm) -> None:
    master = open_token(place())
    assert isinstance(master, TokenMaster)
    keys = {derive_key(master, JOURNEYS.at(str(epoch))).reveal() for epoch in range(5)}
    assert len(keys) == 5
    assert derive_key(open_token(place()), JOURNEYS.at("0")).reveal() in keys
    assert len(fingerprint_of(master)) == 16
    shown = repr(master)
    assert PIN not in shown
    assert not [key for key in keys if key.hex() in shown or repr(key) in shown]


def test_a_key_that_may_leave_its_token_is_refused(token: Softhsm) -> None:
    token.load("libre", secrets.token_bytes(32), SENSITIVE=False, EXTRACTABLE=True)
    token.load("ouverte", secrets.token_bytes(32), SENSITIVE=False)
    for label in ("libre", "ouverte"):
        with pytest.raises(Misconfigured, match="non extractible"):
            open_token(place(label))


@pytest.mark.parametrize("key", [b"\0" * 32, b"\x07" * 32, b"\xff" * 64])
def test_a_constant_key_in_a_token_is_refused_though_nobody_reads_it(
    token: Softhsm, key: bytes
) -> None:
    label = f"constante-{key[:1].hex()}"
    token.load(label, key)
    with pytest.raises(Misconfigured, match="au hasard"):
        open_token(place(label))


def test_a_short_key_in_a_token_is_refused(token: Softhsm) -> None:
    token.draw("courte", bits=128)
    with pytest.raises(Misconfigured, match="32 à 64"):
        open_token(place("courte"))


def test_a_token_that_is_not_as_said_is_told_in_french_without_its_pin(token: Softhsm) -> None:
    for wrong, said in (
        (place("absente"), "aucune clé secrète"),
        (place(pin="191919"), "code PIN refusé"),
        (TokenPlace(MODULE, "absent", "k", Secret(PIN)), "aucun jeton"),
        (TokenPlace("/nowhere.so", TOKEN, "k", Secret(PIN)), "ne répond pas"),
    ):
        with pytest.raises(Misconfigured, match=said) as told:
            open_token(wrong)
        assert PIN not in str(told.value)
        assert "191919" not in str(told.value)
    token.draw("double")
    token.draw("double")
    with pytest.raises(Misconfigured, match="plusieurs clés"):
        open_token(place("double"))


def test_settings_open_a_token_with_a_pin_that_others_may_not_read(
    token: Softhsm, tmp_path: Path
) -> None:
    written = (
        f'master = "pkcs11"\nmodule = "{MODULE}"\ntoken_label = "{TOKEN}"\npin_file = "../pin"\n'
    )
    config = house(tmp_path, written)
    (tmp_path / "pin").write_text(f"{PIN}\n")
    with pytest.raises(Misconfigured, match="chmod 600"):
        opened(config)
    (tmp_path / "pin").chmod(0o600)
    names = Pseudonymiser(opened(config), JOURNEYS).of_all(["a", "b"])
    assert names == Pseudonymiser(open_token(place()), JOURNEYS).of_all(["a", "b"])
    settings: Settings = load(config)
    assert settings.main.pseudonyms.key_label == "passerelle-pseudonymes"
