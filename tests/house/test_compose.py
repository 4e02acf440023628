"""The settings that go with the composition name what the composition gives, and nothing else."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from gateway.settings import FlowLine, Settings, load
from tests.house.test_image import blocks
from tests.house.tree import House

EXAMPLE = "config/compose.example.toml"


@pytest.fixture(scope="module")
def settings(house: House) -> Settings:
    return load(house.root / EXAMPLE)


@pytest.fixture(scope="module")
def services(house: House) -> dict[str, str]:
    return blocks(blocks(house.read("compose.yaml"), indent=0)["services"], indent=2)


def test_both_databases_are_the_one_of_the_composition(
    settings: Settings, services: dict[str, str]
) -> None:
    database = settings.main.database
    for url in (database.url, database.durable_url):
        parts = urlsplit(url)
        assert parts.scheme == "postgresql+psycopg"
        assert f"POSTGRES_USER: {parts.username}\n" in services[str(parts.hostname)]
        assert f"POSTGRES_DB: {parts.path.strip('/')}\n" in services[str(parts.hostname)]
        assert parts.password is None
        assert parse_qs(parts.query)["passfile"] == ["/run/secrets/database_pgpass"]


def test_the_vault_is_the_store_of_the_composition(
    house: House, settings: Settings, services: dict[str, str]
) -> None:
    vault, text = settings.main.vault, house.read("compose.yaml")
    endpoint = urlsplit(vault.endpoint)
    assert endpoint.hostname in services
    assert f'api_bind_addr = "0.0.0.0:{endpoint.port}"' in text
    assert f's3_region = "{vault.region}"' in text
    assert f"bucket create {urlsplit(vault.url).hostname}\n" in text
    assert f"bucket allow --read --write {urlsplit(vault.url).hostname} " in text


def test_clear_http_to_the_vault_stays_on_a_network_without_a_way_out(
    house: House, settings: Settings, services: dict[str, str]
) -> None:
    assert settings.main.vault.allow_http
    store = services[str(urlsplit(settings.main.vault.endpoint).hostname)]
    assert "networks: [inside]\n" in store
    assert "inside: { internal: true }" in house.read("compose.yaml")


def test_every_secret_a_setting_names_is_given_to_the_gateway(
    house: House, services: dict[str, str]
) -> None:
    named = set(re.findall(r"/run/secrets/(\w+)", house.read(EXAMPLE)))
    given = re.search(r"secrets: \[(.+)\]", services["gateway"])
    assert given is not None
    assert named == set(given[1].split(", "))


def test_clamd_is_reached_by_its_socket_reads_files_whole_and_has_no_network(
    house: House, settings: Settings, services: dict[str, str]
) -> None:
    socket = Path(settings.main.antivirus.clamd)
    text = house.read("compose.yaml")
    assert f"LocalSocket {socket}\n" in text
    for service, how in (("gateway", ":ro"), ("clamav", "")):
        assert f"- clamav:{socket.parent}{how}\n" in services[service]
    assert "network_mode: none\n" in services["clamav"]
    for line in ("AlertExceedsMax yes", "AlertEncrypted yes", "TemporaryDirectory /tmp"):
        assert f"      {line}\n" in text
    assert "- /tmp:size=" in services["clamav"], "clear text belongs in memory"
    (most,) = re.findall(r"StreamMaxLength (\d+)M", text)
    assert int(most) << 20 > FlowLine(flow="x", departement="08").max_bytes


def test_every_path_a_setting_names_is_mounted(
    settings: Settings, services: dict[str, str]
) -> None:
    paths = settings.main.paths
    assert f"- passerelle:{paths.var}\n" in services["gateway"]
    assert f"- ./keys:{paths.keys}:ro\n" in services["gateway"]
    assert paths.room is None, "clear text belongs in the memory given at /dev/shm"


def test_the_image_looks_for_its_settings_where_they_are_mounted(
    house: House, services: dict[str, str]
) -> None:
    found = re.search(r"PASSERELLE_CONFIG=(\S+)", house.read("Dockerfile"))
    assert found is not None
    assert f"- ./config:{Path(found[1]).parent}:ro\n" in services["gateway"]


def test_what_listens_is_what_is_published_and_what_is_asked_how_it_is(
    house: House, settings: Settings, services: dict[str, str]
) -> None:
    http = settings.main.http
    assert http.host == "0.0.0.0"
    assert f'ports: ["127.0.0.1:{http.port}:{http.port}"]' in services["gateway"]
    assert f"http://127.0.0.1:{http.port}/sante" in house.read("Dockerfile")


def test_the_account_has_a_name_for_those_who_ask(house: House) -> None:
    # asyncssh asks getpass.getuser, which fails where the uid has no line in /etc/passwd.
    assert " LOGNAME=passerelle " in house.read("Dockerfile").replace("\n", " ")


def test_the_secrets_of_the_page_are_those_of_the_composition(house: House) -> None:
    files = re.findall(r"\{ file: \./keys/([\w.]+) \}", house.read("compose.yaml"))
    page = house.read("keys/README.md")
    assert len(files) == 4
    assert [name for name in files if name not in page] == []
