"""Settings that cannot work, or would leak, are refused when they are built."""

from typing import Any

import pytest

from connectors.errors import Corrupt
from connectors.hubee import HubeeSettings
from connectors.hubee.v1.digests import announced_digest
from connectors.secret import Secret

PASSWORD = "the password"


def settings(**changes: Any) -> HubeeSettings:
    given: dict[str, Any] = {
        "alias": "hubee-contacts",
        "token_url": "https://auth.example.org/oauth2/token",
        "api_url": "https://api.example.org/teledossiers/v1",
        "client_id": "id",
        "client_secret": Secret(PASSWORD),
        "process_code": "GRO",
        "attachment_types": ("GRO",),
        "author": "Passerelle",
    }
    return HubeeSettings(**(given | changes))


@pytest.mark.parametrize("field", ["token_url", "api_url"])
@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.org/v1",
        "http://127.0.0.1.example.org/v1",
        "http://10.0.0.1/v1",
        "ftp://127.0.0.1/v1",
        "https:///v1",
        "https://id:password@api.example.org/v1",
        "https://api.example.org/v1?key=1",
    ],
)
def test_an_address_in_clear_or_with_a_password_is_refused(field: str, url: str) -> None:
    with pytest.raises(ValueError, match=field):
        settings(**{field: url})


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "127.9.9.9", "[::1]:80", "localhost"])
def test_clear_http_reaches_our_own_machine(host: str) -> None:
    assert settings(api_url=f"http://{host}/teledossiers/v1").api_url.startswith("http://")


@pytest.mark.parametrize(
    "changes",
    [
        {"author": " "},
        {"author": "x" * 256},
        {"editor_name": "x" * 51},
        {"software_version": "1\r\nX: y"},
        {"application_name": "script_HUBEE_DINUM"},
        {"attachment_types": ()},
        {"client_id": "a:b"},
        {"client_secret": Secret("")},
        {"process_code": ""},
        {"max_result": 0},
        {"attempts": 0},
    ],
)
def test_settings_that_cannot_work_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        settings(**changes)


def test_a_secret_shows_nowhere() -> None:
    secret = Secret(PASSWORD)
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret:>20}", repr(settings())):
        assert PASSWORD not in shown
        assert "***" in shown
    assert secret == Secret(PASSWORD)
    assert secret != Secret("another")
    assert secret.reveal() == PASSWORD


@pytest.mark.parametrize("header", ["not base64!", "QUJD", "md5=AAAA", "SHA-256="])
def test_a_digest_that_is_not_one_is_refused(header: str) -> None:
    with pytest.raises(Corrupt, match="digest"):
        announced_digest(header)


@pytest.mark.parametrize("header", [None, "", "  "])
def test_no_digest_is_no_promise(header: str | None) -> None:
    assert announced_digest(header) is None
