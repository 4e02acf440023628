"""From a partner's settings to the place that reaches it."""

import subprocess
from pathlib import Path

import pytest

from connectors.folder import FolderOutlet, FolderSource
from connectors.hubee import HubeeSource
from connectors.sftp import SftpOutlet, SftpSource
from gateway.errors import Misconfigured
from gateway.places import open_outlet, open_source
from gateway.settings import (
    FolderPlace,
    HubeePlace,
    Ledger,
    Main,
    Partner,
    Paths,
    Settings,
    SftpPlace,
)

HUBEE = HubeePlace(
    token_url="https://hub.example/oauth2/token",
    api_url="https://hub.example/teledossiers/v1",
    client_id="si",
    client_secret_file="hubee.secret",
    process_code="ContactsAllocataires-BRSA",
    attachment_types=("coordonnees-allocataire",),
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    main = Main(paths=Paths(var="var", keys="keys"), ledger=Ledger(origin="o"))
    return Settings(base=tmp_path, main=main, partners=(), habilitations=())


def partner(
    sftp: SftpPlace | None = None,
    hubee: HubeePlace | None = None,
    folder: FolderPlace | None = None,
) -> Partner:
    return Partner(alias="p", name="P", siret="0" * 14, sftp=sftp, hubee=hubee, folder=folder)


def sftp(folder: Path, host_key: str | None = None) -> SftpPlace:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(folder / "k")]
    subprocess.run(command, check=True)
    pinned = host_key or (folder / "k.pub").read_text().strip()
    return SftpPlace(host="h", port=22, username="u", client_key="k", host_keys=(pinned,))


async def test_each_kind_of_place_has_its_source(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "hubee.secret").write_text("s3cret\n")
    for given, kind in (
        (partner(hubee=HUBEE), HubeeSource),
        (partner(sftp=sftp(tmp_path)), SftpSource),
        (partner(folder=FolderPlace(path="depot")), FolderSource),
    ):
        async with open_source(settings, given) as source:
            assert isinstance(source, kind)
            assert "s3cret" not in repr(source)


def test_a_release_leaves_by_sftp_or_folder(settings: Settings, tmp_path: Path) -> None:
    assert isinstance(open_outlet(settings, partner(sftp=sftp(tmp_path))), SftpOutlet)
    assert isinstance(open_outlet(settings, partner(folder=FolderPlace(path="x"))), FolderOutlet)
    with pytest.raises(Misconfigured, match="aucun lieu de remise"):
        open_outlet(settings, partner(hubee=HUBEE))


async def test_a_partner_without_a_place_is_refused(settings: Settings) -> None:
    with pytest.raises(Misconfigured, match="aucun lieu d'échange"):
        async with open_source(settings, partner()):
            pytest.fail("there is no such place")


async def test_a_hubee_secret_that_is_not_there_is_said_by_its_file(settings: Settings) -> None:
    with pytest.raises(Misconfigured, match=r"hubee\.secret"):
        async with open_source(settings, partner(hubee=HUBEE)):
            pytest.fail("there is no secret")


async def test_a_hub_in_clear_outside_this_machine_is_refused(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "hubee.secret").write_text("s3cret")
    names = {name: getattr(HUBEE, name) for name in HUBEE.__struct_fields__}
    clear = HubeePlace(**(names | {"api_url": "http://hub.example/v1"}))
    with pytest.raises(Misconfigured) as refused:
        async with open_source(settings, partner(hubee=clear)):
            pytest.fail("this would travel in clear")
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("pinned", ["nonsense", "ssh-dss AAAA", "ssh-ed25519", "ssh-ed25519 !!"])
def test_a_host_key_that_is_none_is_refused(
    settings: Settings, tmp_path: Path, pinned: str
) -> None:
    with pytest.raises(Misconfigured, match="accès SFTP refusé"):
        open_outlet(settings, partner(sftp=sftp(tmp_path, pinned)))


def test_paths_of_a_place_start_from_the_settings(settings: Settings, tmp_path: Path) -> None:
    outlet = open_outlet(settings, partner(folder=FolderPlace(path="../remise")))
    assert isinstance(outlet, FolderOutlet)
    assert str(tmp_path.parent / "remise") in repr(outlet)
