"""From a partner's settings to the place that reaches it."""

import subprocess
from pathlib import Path

import msgspec
import pytest

from connectors.folder import FolderOutlet, FolderSource
from connectors.hubee import HubeeSettings, HubeeSource
from connectors.hubee.outlet import HubeeOutlet
from connectors.sftp import SftpOutlet, SftpSource
from gateway.errors import Misconfigured
from gateway.places import hubee_accesses, open_outlet, open_sources
from gateway.settings import (
    Demarche,
    FolderPlace,
    HubeeKind,
    HubeeOutletPlace,
    HubeePlace,
    Ledger,
    Main,
    Partner,
    Paths,
    Settings,
    SftpPlace,
)

CONTACTS = Demarche(
    process_code="CAF-contact",
    client_id="si",
    client_secret_file="hubee.secret",
    types={"coordonnees-allocataire": "cnaf-contacts"},
    ignored_types=("lisez-moi",),
    poll_minutes=3,
    purge_days=30,
)
RSA = Demarche(
    process_code="RSABEM-RSABAM",
    client_id="si-2",
    client_secret_file="hubee.secret",
    types={"RSABEM": "cnaf-contacts"},
)
HUBEE = HubeePlace(environment="production", demarches=(CONTACTS, RSA), author="Nous")
OUTLET = HubeeOutletPlace(
    environment="recette",
    client_id="osl",
    client_secret_file="hubee.secret",
    process_code="PasserelleRSA",
    recipient_branch="99",
    prefix="PASS-RSA",
    kinds=(HubeeKind(ends=".csv.gpg", type="publication", mime="application/octet-stream"),),
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    main = Main(paths=Paths(var="var", keys="keys"), ledger=Ledger(origin="o"))
    return Settings(base=tmp_path, main=main, partners=())


def partner(
    sftp: SftpPlace | None = None,
    hubee: HubeePlace | None = None,
    folder: FolderPlace | None = None,
    outlet: HubeeOutletPlace | None = None,
) -> Partner:
    return Partner(
        alias="p",
        name="P",
        siret="0" * 14,
        sftp=sftp,
        hubee=hubee,
        folder=folder,
        hubee_outlet=outlet,
    )


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
        async with open_sources(settings, given) as opened:
            assert all(isinstance(one.source, kind) for one in opened)
            assert "s3cret" not in repr(opened)


async def test_each_demarche_has_its_own_source_alias_and_account(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "hubee.secret").write_text("s3cret\n")
    given = partner(hubee=HUBEE)
    async with open_sources(settings, given) as opened:
        contacts, rsa = opened
    assert (contacts.alias, rsa.alias) == ("p/CAF-contact", "p/RSABEM-RSABAM")
    assert contacts.source is not rsa.source
    assert contacts.kinds == {"coordonnees-allocataire": "cnaf-contacts"}
    assert (contacts.poll_minutes, rsa.poll_minutes) == (3, None)
    assert len({contacts.account, rsa.account, ""}) == 3
    known, _ = hubee_accesses(msgspec.structs.replace(settings, partners=(given,)))
    assert isinstance(known, HubeeSettings)
    assert known.account == contacts.account
    assert known.process_codes == {"CAF-contact", "ContactsAllocataires-BRSA"}
    assert (known.scope, known.author, known.purge_days) == ("SI", "Nous", 30)
    assert known.ignored_types == ("lisez-moi",)


def test_a_release_may_leave_by_hubee(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "hubee.secret").write_text("s3cret\n")
    outlet = open_outlet(settings, partner(sftp=sftp(tmp_path), outlet=OUTLET))
    assert isinstance(outlet, HubeeOutlet)
    assert "s3cret" not in repr(outlet)


@pytest.mark.parametrize("content", ["", "  \n"])
async def test_an_empty_secret_is_said_by_its_file(
    settings: Settings, tmp_path: Path, content: str
) -> None:
    (tmp_path / "hubee.secret").write_text(content)
    with pytest.raises(Misconfigured, match=r"secret HubEE vide \(hubee\.secret\)"):
        async with open_sources(settings, partner(hubee=HUBEE)):
            pytest.fail("there is no secret")


def test_a_release_leaves_by_sftp_or_folder(settings: Settings, tmp_path: Path) -> None:
    assert isinstance(open_outlet(settings, partner(sftp=sftp(tmp_path))), SftpOutlet)
    assert isinstance(open_outlet(settings, partner(folder=FolderPlace(path="x"))), FolderOutlet)
    with pytest.raises(Misconfigured, match="aucun lieu de remise"):
        open_outlet(settings, partner(hubee=HUBEE))


async def test_a_partner_without_a_place_is_refused(settings: Settings) -> None:
    with pytest.raises(Misconfigured, match="aucun lieu d'échange"):
        async with open_sources(settings, partner()):
            pytest.fail("there is no such place")


async def test_a_hubee_secret_that_is_not_there_is_said_by_its_file(settings: Settings) -> None:
    with pytest.raises(Misconfigured, match=r"hubee\.secret"):
        async with open_sources(settings, partner(hubee=HUBEE)):
            pytest.fail("there is no secret")


async def test_a_hub_in_clear_outside_this_machine_is_refused(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "hubee.secret").write_text("s3cret")
    clear = msgspec.structs.replace(HUBEE, api_url="http://hub.example/v1")
    with pytest.raises(Misconfigured) as refused:
        async with open_sources(settings, partner(hubee=clear)):
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
