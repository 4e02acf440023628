"""The image holds the wheel and nothing else; every container runs with its hands tied."""

import re

import pytest

from tests.house.tree import PACKAGES, House

HARDENED = (
    "  read_only: true",
    "  cap_drop: [ALL]",
    '  security_opt: ["no-new-privileges:true"]',
)
SERVICES = ("gateway", "postgres", "store", "clamav", "freshclam", "sandbox")
COPIED = {
    *PACKAGES,
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "requirements.lock",
    "requirements-build.lock",
}
_COPY = re.compile(r"^(?:COPY|ADD) (.+)$", re.MULTILINE)


def test_the_image_copies_by_name_and_nothing_but_what_the_wheel_needs(house: House) -> None:
    assert copied(house.read("Dockerfile")) == COPIED


@pytest.mark.parametrize("line", ["COPY . .", "COPY keys keys", "ADD tests /tests"])
def test_a_copy_of_anything_else_is_seen(line: str) -> None:
    assert copied(f"FROM x\n{line}\n") - COPIED


def test_the_last_stage_receives_an_environment_and_no_source(house: House) -> None:
    last = house.read("Dockerfile").rpartition("\nFROM ")[2]
    assert _COPY.findall(last) == ["--from=build /opt/passerelle /opt/passerelle"]
    assert "gnupg" in last


def test_the_image_installs_only_what_the_locks_say(house: House) -> None:
    installs = re.findall(r"pip\S*(?: --python \S+)? install ([^&\n]+)", house.read("Dockerfile"))
    assert len(installs) == 3
    assert [
        line
        for line in installs
        if not line.startswith(("--require-hashes -r", "--no-deps --no-index"))
    ] == []


def test_the_image_runs_as_nobody_and_says_how_it_is(house: House) -> None:
    text = house.read("Dockerfile")
    assert "\nUSER 10001:10001\n" in text
    assert "\nHEALTHCHECK " in text
    assert '\nENTRYPOINT ["passerelle"]\n' in text


def test_the_build_context_is_closed_by_default(house: House) -> None:
    lines = [line for line in house.read(".dockerignore").splitlines() if line and line[0] != "#"]
    assert lines[0] == "*"
    assert {line[1:] for line in lines if line.startswith("!")} == COPIED
    assert {"keys", "config", ".git"} <= set(lines)


def test_the_shared_block_ties_the_hands(house: House) -> None:
    anchor = blocks(house.read("compose.yaml"), indent=0)["x-hardened"]
    assert "&hardened" in anchor
    assert [line for line in HARDENED if line not in anchor] == []


def test_every_service_is_hardened(house: House) -> None:
    services = blocks(blocks(house.read("compose.yaml"), indent=0)["services"], indent=2)
    assert set(services) == set(SERVICES)
    assert [name for name, text in services.items() if loose(text)] == []


@pytest.mark.parametrize(
    "line",
    [
        "privileged: true",
        "read_only: false",
        "cap_add: [SYS_ADMIN]",
        'user: "0:0"',
        "pid: host",
        "network_mode: host",
    ],
)
def test_a_loose_service_is_seen(house: House, line: str) -> None:
    services = blocks(blocks(house.read("compose.yaml"), indent=0)["services"], indent=2)
    assert loose(services["gateway"]) == []
    assert loose(f"{services['gateway']}\n    {line}") != []
    assert loose(services["gateway"].replace("    <<: *hardened", "")) != []


def test_no_secret_is_written_in_the_composition(house: House) -> None:
    text = house.read("compose.yaml")
    given = re.findall(r"^ +(\w*(?:PASSWORD|SECRET|TOKEN|KEY)\w*): (.+)$", text, re.MULTILINE)
    assert given
    assert [name for name, value in given if not value.startswith("/run/secrets/")] == []
    secrets = blocks(text, indent=0)["secrets"].splitlines()[1:]
    assert [line for line in secrets if line.strip() and "{ file: ./keys/" not in line] == []


def test_no_port_is_published_beyond_the_machine(house: House) -> None:
    ports = re.findall(r"ports: \[(.+)\]", house.read("compose.yaml"))
    assert [port for port in ports if not port.startswith('"127.0.0.1:')] == []
    assert "inside: { internal: true }" in house.read("compose.yaml")


def copied(dockerfile: str) -> set[str]:
    """What a Dockerfile takes from its context, stages copied from one another apart."""
    taken = (line.split() for line in _COPY.findall(dockerfile) if "--from=" not in line)
    return {name for words in taken for name in words[:-1]}


def blocks(text: str, *, indent: int) -> dict[str, str]:
    """The blocks of a composition at one depth, by name: enough to read ours without a parser."""
    parts = re.split(rf"(?m)^ {{{indent}}}(?=[a-z][\w-]*:)", text)[1:]
    return {part.split(":")[0]: part for part in parts}


def loose(service: str) -> list[str]:
    """What a service lacks, or undoes."""
    undone = re.findall(
        r"privileged|cap_add|read_only: false|network_mode: \"?host|pid:|ipc:|docker\.sock|user: \"0",
        service,
    )
    wanted = ("<<: *hardened", "- /dev/shm:", "noexec,nosuid,nodev", 'user: "', "network")
    return undone + [f"no {line}" for line in wanted if line not in service]
