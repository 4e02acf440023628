"""HubEE in the settings: environments and démarches, and every mistake said at once, in French."""

import subprocess
from pathlib import Path

import pytest

from connectors.hubee.aliases import SAME, aliases_of
from connectors.hubee.environments import PRESETS, Environment
from connectors.hubee.settings import is_loopback
from gateway.errors import Misconfigured
from gateway.settings import Settings, load

MAIN = '[paths]\nvar = "var"\nkeys = "../keys"\n[ledger]\norigin = "example.org/journal"\n[antivirus]\nmode = "off"\n'
HEAD = 'alias = "cnaf"\nname = "CNAF"\nsiret = "00000000000011"\n'
HUBEE = '[hubee]\nenvironment = "production"\n'
DEMARCHE = """\
[[hubee.demarches]]
process_code = "ContactsAllocataires-BRSA"
client_id = "si-1"
client_secret_file = "s"
[hubee.demarches.types]
coordonnees-allocataire = "cnaf-contacts"
"""
FLOW = '[[flows]]\nflow = "cnaf-contacts"\ndepartement = "08"\nenvelope = "hubee"\n'
CNAF = HEAD + HUBEE + DEMARCHE + FLOW
OTHER = DEMARCHE.replace("ContactsAllocataires-BRSA", "RSABEM-RSABAM").replace("si-1", "si-2")
OUTLET = """\
alias = "d62"
name = "CD"
siret = "00000000000016"
[hubee_outlet]
environment = "recette"
client_id = "osl"
client_secret_file = "s"
process_code = "PasserelleRSA"
recipient_branch = "99"
prefix = "PASS-RSA"
[[hubee_outlet.kinds]]
ends = ".csv.gpg"
type = "publication"
mime = "application/octet-stream"
"""
SANDBOX = (
    '[hubee]\nenvironment = "bac-a-sable"\ntoken_url = "http://127.0.0.1:1/oauth2/token"\n'
    'api_url = "http://127.0.0.1:1/teledossiers/v1"\n'
)


def read(folder: Path, **partners: str) -> Settings:
    (folder / "partners").mkdir(parents=True, exist_ok=True)
    for name, text in partners.items():
        (folder / "partners" / f"{name}.toml").write_text(text, "utf-8")
    (folder / "gateway.toml").write_text(MAIN, "utf-8")
    return load(folder / "gateway.toml")


def faults(folder: Path, **partners: str) -> list[str]:
    with pytest.raises(Misconfigured) as refused:
        read(folder, **partners)
    return [line.removeprefix("  - ") for line in str(refused.value).splitlines()[1:]]


def test_an_environment_says_where_hubee_is(tmp_path: Path) -> None:
    (partner,) = read(tmp_path, cnaf=CNAF).partners
    assert partner.hubee is not None
    assert partner.hubee.addresses == (
        "https://auth.hubee.numerique.gouv.fr/oauth2/token",
        "https://api.hubee.numerique.gouv.fr/teledossiers/v1",
    )
    (demarche,) = partner.hubee.demarches
    assert demarche.types == {"coordonnees-allocataire": "cnaf-contacts"}
    assert (demarche.purge_days, demarche.purge_status) == (None, "IN_PROGRESS")


def test_every_environment_but_the_sandbox_is_known_and_in_https() -> None:
    assert set(PRESETS) == set(Environment) - {Environment.SANDBOX}
    urls = [url for preset in PRESETS.values() for url in (preset.token_url, preset.api_url)]
    assert len(set(urls)) == 2 * len(PRESETS)
    assert all(url.startswith("https://") and not is_loopback(url) for url in urls)


def test_the_two_names_of_the_contacts_flow_are_one_demarche() -> None:
    assert aliases_of("CAF-contact") == ("ContactsAllocataires-BRSA",)
    assert aliases_of("ContactsAllocataires-BRSA") == ("CAF-contact",)
    assert aliases_of("caf-contact") == ()  # codes are case-sensitive
    for names in SAME:
        for name in names:
            assert {name, *aliases_of(name)} == names


def test_a_partner_may_have_several_demarches_and_an_override_in_https(tmp_path: Path) -> None:
    moved = HUBEE + 'token_url = "https://keycloak.example.org/token"\nscope = "hubee"\n'
    (partner,) = read(tmp_path, cnaf=HEAD + moved + DEMARCHE + OTHER + FLOW).partners
    assert partner.hubee is not None
    assert partner.hubee.addresses[0] == "https://keycloak.example.org/token"
    assert len(partner.hubee.demarches) == 2


def test_the_sandbox_is_on_this_machine(tmp_path: Path) -> None:
    (partner,) = read(tmp_path, cnaf=HEAD + SANDBOX + DEMARCHE + FLOW).partners
    assert partner.hubee is not None
    assert partner.hubee.addresses[0] == "http://127.0.0.1:1/oauth2/token"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"production"', '"prod"', '« hubee.environment » : attendu "production" ou'),
        ('"production"', '"bac-a-sable"', "« hubee.token_url » : obligatoire pour le bac à sable"),
        ('"production"\n', '"production"\napi_url = "http://127.0.0.1/x"\n', "adresse en https"),
        (
            '"production"\n',
            '"bac-a-sable"\ntoken_url = "https://h.example/t"\napi_url = "https://h.example/a"\n',
            "un bac à sable est sur cette machine",
        ),
        (
            '"production"\n',
            '"production"\napi_url = "https://moi:sesame@h.example/a"\n',
            "ni identifiant ni secret",
        ),
        ('"production"\n', '"production"\napi_url = "https://h.example/a?k=1"\n', "adresse simple"),
        (
            '"production"\n',
            '"production"\nca_bundle = "none.pem"\n',
            "fichier illisible (none.pem)",
        ),
        ('"production"\n', '"production"\nca_bundle = "gateway.toml"\n', "aucun certificat PEM"),
        ('"si-1"', '"si:1"', "« hubee.demarches[0].client_id » : attendu identifiant, sans espace"),
        ('-BRSA"', '-BRSA "', "process_code » : attendu code de démarche, sans espace"),
        ('"cnaf-contacts"\n[[', '"cnaf-contact"\n[[', "le flux cnaf-contact n'est pas déclaré"),
        (
            '"s"\n',
            '"s"\nignored_types = ["coordonnees-allocataire"]\n',
            "à la fois relevé et ignoré",
        ),
        ('"s"\n', '"s"\npurge_days = 0\n', "purge_days » : attendu entier positif"),
        (
            'coordonnees-allocataire = "cnaf-contacts"\n',
            "",
            "« hubee.demarches[0].types » : attendu table : type de pièce = flux",
        ),
        (FLOW, DEMARCHE.replace("si-1", "si-2") + FLOW, "démarche déclarée deux fois"),
        (
            FLOW,
            DEMARCHE.replace("ContactsAllocataires-BRSA", "CAF-contact").replace("si-1", "2")
            + FLOW,
            "démarche déclarée deux fois : CAF-contact",
        ),
        (FLOW, OTHER.replace("si-2", "si-1") + FLOW, "ont le même client_id"),
        (DEMARCHE, "demarches = []\n", "au moins une démarche"),
    ],
)
def test_a_demarche_that_cannot_be_meant_is_refused(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in CNAF
    found = faults(tmp_path, cnaf=CNAF.replace(old, new, 1))
    assert any(said in fault for fault in found), found
    assert "sesame" not in " ".join(found)


def test_two_partners_do_not_share_a_credential(tmp_path: Path) -> None:
    twin = CNAF.replace('"cnaf"', '"msa"').replace("ContactsAllocataires-BRSA", "MSABEI")
    (fault,) = faults(tmp_path, cnaf=CNAF, msa=twin)
    assert fault.startswith("un identifiant par démarche")
    elsewhere = twin.replace('"production"', '"recette"')  # another hub: another account
    assert len(read(tmp_path, cnaf=CNAF, msa=elsewhere).partners) == 2


def test_all_the_mistakes_of_a_partner_are_listed_at_once(tmp_path: Path) -> None:
    wrong = CNAF.replace('"production"\n', '"bac-a-sable"\nca_bundle = "none.pem"\n')
    wrong = wrong.replace(FLOW, OTHER.replace("si-2", "si-1") + FLOW.replace("cnaf-", "pe-", 1))
    assert [fault.partition(" : ")[0] for fault in faults(tmp_path, cnaf=wrong)] == [
        "un identifiant par démarche",
        "cnaf.toml",
        "cnaf.toml",
        "cnaf.toml",
        "cnaf.toml",
        "cnaf.toml",
        "cnaf.toml",
    ]


def test_an_authority_is_read_from_beside_the_settings(tmp_path: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-keyout", "/dev/null", "-subj", "/CN=essai", "-days", "2"]
    subprocess.run([*command, "-out", str(tmp_path / "ca.pem")], check=True, capture_output=True)
    found = read(
        tmp_path, cnaf=CNAF.replace('"production"\n', '"production"\nca_bundle = "ca.pem"\n')
    )
    assert found.partners[0].hubee is not None


def test_a_partner_may_only_receive_and_by_hubee(tmp_path: Path) -> None:
    (partner,) = read(tmp_path, d62=OUTLET).partners
    assert partner.hubee_outlet is not None
    assert partner.hubee_outlet.addresses == (
        "https://auth.basrec.hubee.numerique.gouv.fr/oauth2/token",
        "https://api.basrec.hubee.numerique.gouv.fr/teledossiers/v1",
    )


def test_a_partner_may_send_by_one_place_and_receive_by_hubee(tmp_path: Path) -> None:
    both = OUTLET + '[folder]\npath = "x"\n[[flows]]\nflow = "cd-parcours"\ndepartement = "62"\n'
    (partner,) = read(tmp_path, d62=both).partners
    assert partner.folder is not None
    assert partner.hubee_outlet is not None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"99"', '"99/1"', "recipient_branch » : attendu 10 lettres ou chiffres au plus"),
        ('"PASS-RSA"', '"PASS RSA"', "prefix » : attendu 13 lettres, chiffres ou tirets"),
        (
            "[[hubee_outlet",
            "[[flows]]\nflow = 'cd-parcours'\ndepartement = '62'\n[[hubee_outlet",
            "un lieu d'échange",
        ),
        (OUTLET[OUTLET.index("[[hubee") :], "kinds = []\n", "au moins un type de fichier"),
        (OUTLET, OUTLET + OUTLET[OUTLET.index("[[hubee") :], ".csv.gpg est déclaré deux fois"),
        ('"recette"', '"bac-a-sable"', "« hubee_outlet.api_url » : obligatoire"),
    ],
)
def test_an_outlet_that_cannot_be_meant_is_refused(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in OUTLET
    found = faults(tmp_path, d62=OUTLET.replace(old, new, 1))
    assert any(said in fault for fault in found), found


def test_no_place_at_all_is_a_mistake(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, cnaf=HEAD)
    assert "un lieu d'échange et un seul" in fault
