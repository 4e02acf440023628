"""`passerelle sandbox hubee`: a real process, spoken to by HTTP and by the commands that go with it."""

import json
import os
import signal
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from connectors.sandbox.hubee.admin import ALIASES, CNAF_FLOWS
from gateway.cli.speech import Exit
from tests.world.furnished import run

SOURCES = Path(__file__).parents[2]
RSA = "RSABEI-RSABAI"


class Standing:
    """A sandbox that runs in a process of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "gateway", "sandbox", "hubee", "--dir", str(folder)]
        self.folder = folder
        self.process = subprocess.Popen(
            [*command, "--json", *arguments],
            cwd=SOURCES,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        self.said: dict[str, Any] = json.loads(self.line)

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err

    def token(self, scope: str = "SI") -> str:
        one = next(c for c in self.said["credentials"] if c["scope"] == scope)
        pair = f"{one['client_id']}:{one['client_secret']}".encode()
        asked = Request(
            self.said["token_url"],
            data=f"grant_type=client_credentials&scope={scope}".encode(),
            headers={"Authorization": f"Basic {b64encode(pair).decode()}"},
        )
        with urlopen(asked, timeout=10) as answer:
            return str(json.load(answer)["access_token"])

    def queue(self, token: str) -> tuple[int, Any]:
        asked = Request(
            f"{self.said['api_url']}/notifications", headers={"Authorization": f"Bearer {token}"}
        )
        try:
            with urlopen(asked, timeout=10) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            with error:
                return error.code, None


@contextmanager
def standing(folder: Path, *arguments: str) -> Iterator[Standing]:
    found = Standing(folder, *arguments)
    try:
        yield found
    finally:
        found.end(signal.SIGKILL)


def said(*arguments: str, code: int = Exit.DONE) -> Any:
    result = run("sandbox", "hubee", *arguments)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout) if "--json" in arguments and code == Exit.DONE else result


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    source = tmp_path_factory.mktemp("in")
    (source / RSA).mkdir()
    (source / RSA / "RSABEI.xml").write_text("<Racine/>")
    folder = tmp_path_factory.mktemp("hub")
    with standing(folder, "--demarche", RSA, "--from", str(source)) as found:
        yield found


def test_it_introduces_itself_in_one_line_of_json(hub: Standing) -> None:
    assert hub.line.count("\n") == 1
    base = hub.said["base_url"]
    assert hub.said["api_url"] == f"{base}/teledossiers/v1"
    assert hub.said["referential_url"] == f"{base}/referential/v1"
    scopes = [c["scope"] for c in hub.said["credentials"]]
    assert scopes == ["OSL"] * 4 + ["ADMIN", "DATAPASS", "SI"]
    assert hub.said["credentials"][-1]["process_code"] == RSA
    assert hub.said["environment"][f"{RSA}.clientId"] == hub.said["credentials"][-1]["client_id"]


def test_its_access_is_for_its_owner_alone(hub: Standing) -> None:
    access = hub.folder / "acces.json"
    assert access.stat().st_mode & 0o777 == 0o600
    assert json.loads(access.read_text())["admin_token"] == hub.said["admin_token"]


def test_the_files_of_the_folder_are_published_at_the_start(hub: Standing) -> None:
    status, items = hub.queue(hub.token())
    assert status == 200
    assert len(items) >= 1


def test_every_credential_printed_gives_a_token(hub: Standing) -> None:
    assert all(hub.token(c["scope"]) for c in hub.said["credentials"])


def test_a_failure_ordered_by_command_is_met_by_a_client(hub: Standing) -> None:
    where, token = ("--dir", str(hub.folder), "--json"), hub.token()
    order = ("fault", "order", "error-before", "--route", "queue.read", "--status", "503")
    number = said(*order, "--times", "2", *where)["number"]
    assert [hub.queue(token)[0] for _ in range(3)] == [503, 503, 200]
    number = said("fault", "order", "forbidden", "--times", "0", *where)["number"]
    assert [one["number"] for one in said("fault", "waiting", *where)] == [number]
    assert hub.queue(token)[0] == 403
    assert said("fault", "clear", str(number), *where) == {"cleared": 1}
    assert hub.queue(token)[0] == 200


def test_a_file_loaded_by_command_reaches_the_queue(hub: Standing, tmp_path: Path) -> None:
    where = ("--dir", str(hub.folder), "--json")
    (tmp_path / "RSABEI.xml").write_text("<autre/>")
    command = ("load", str(tmp_path / "RSABEI.xml"), "--demarche", RSA)
    (folder,) = said(*command, *where)["folders"]
    assert folder["cases"][0] in {item["caseId"] for item in hub.queue(hub.token())[1]}
    event = said(*command, "--case", folder["cases"][0], *where)["event"]
    (case,) = [c for c in said("state", *where)["cases"] if c["id"] == folder["cases"][0]]
    assert [e["id"] for e in case["events"]] == [event]
    said(*command, "--to", "1234", "--dir", str(hub.folder), code=Exit.MISUSE)


def test_time_purge_and_requests_obey_commands(hub: Standing) -> None:
    where = ("--dir", str(hub.folder), "--json")
    before, after = said("clock", *where)["now"], said("clock", "--days", "2", *where)["now"]
    assert after > before
    assert said("purge", *where) == {"purged": []}
    hub.queue(hub.token())
    found = said("requests", *where)
    assert found["requests"][-1]["route"] == "queue.read"
    since = str(found["count"] - 1)
    assert len(said("requests", "--since", since, *where)["requests"]) == 1


@pytest.mark.parametrize(
    "command", [("state",), ("requests",), ("fault", "waiting"), ("clock",), ("fault", "list")]
)
def test_without_json_people_are_spoken_to_in_french(hub: Standing, command: Any) -> None:
    where = () if command == ("fault", "list") else ("--dir", str(hub.folder))
    assert said(*command, *where).stdout.strip()


def test_a_wrong_token_is_a_matter_of_configuration(hub: Standing) -> None:
    url = hub.said["admin_url"]
    refused = said("state", "--url", url, "--token", "another", code=Exit.CONFIGURATION)
    assert "jeton" in refused.stderr


def test_without_a_sandbox_the_commands_say_what_to_do(tmp_path: Path) -> None:
    lost = said("state", "--dir", str(tmp_path), code=Exit.CONFIGURATION)
    assert "passerelle sandbox hubee" in lost.stderr
    url = ("--url", "http://127.0.0.1:9/_sandbox", "--token", "t")
    said("state", *url, code=Exit.LATER)
    said("load", str(tmp_path / "absent"), "--demarche", RSA, *url, code=Exit.MISUSE)


def test_the_catalogue_needs_no_sandbox() -> None:
    found = said("fault", "list", "--json")
    assert {"storm", "starving", "gzip"} <= {one["fault"] for one in found}
    assert all(one["routes"] for one in found)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_and_a_restart_finds_everything(tmp_path: Path, number: int) -> None:
    file = tmp_path / "f.xml"
    file.write_text("<x/>")
    with standing(tmp_path / "hub", "--demarche", RSA) as first:
        where = ("--dir", str(first.folder), "--json")
        said("load", str(file), "--demarche", RSA, *where)
        before = said("state", *where)["cases"]
        assert first.end(number) == (0, "", "")
    with standing(tmp_path / "hub", "--demarche", RSA) as again:
        assert again.said["credentials"] == first.said["credentials"]
        assert again.said["admin_token"] == first.said["admin_token"]
        assert said("state", *where)["cases"] == before
        said("reset", *where)
        assert said("state", *where)["cases"] == []
        said("stop", *where)
        assert again.process.wait(timeout=20) == 0


def test_by_default_every_demarche_of_the_cnaf_is_there(tmp_path: Path) -> None:
    with standing(tmp_path, "--most-events", "3", "--token-life", "2", "--strict") as found:
        codes = {c["process_code"] for c in found.said["credentials"] if c["scope"] == "SI"}
    assert codes == {*CNAF_FLOWS, *ALIASES}


def test_another_seed_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with standing(tmp_path, "--demarche", RSA):
        pass
    refused = run("sandbox", "hubee", "--dir", str(tmp_path), "--seed", "2")
    assert refused.exit_code == Exit.CONFIGURATION
