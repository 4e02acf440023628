"""`[api]`: never clear text beyond this machine, never tokens for nobody."""

import pytest
from msgspec.structs import replace

from gateway.settings.api import api_faults
from gateway.settings.shapes import Api

TLS = Api(certificate_file="a.crt", key_file="a.key")


@pytest.mark.parametrize(
    "api",
    [
        Api(),
        replace(TLS, address="https://api.example.fr", host="0.0.0.0"),
        replace(TLS, address="https://api.example.fr:8443/", client_ca_file="ca.crt"),
        Api(address="https://api.example.fr", allow_http=True),
        Api(address="http://127.0.0.1:8443", allow_http=True),
        Api(address="http://localhost:8443", allow_http=True, host="::1"),
    ],
)
def test_what_holds_together_is_taken(api: Api) -> None:
    assert list(api_faults(api)) == []


@pytest.mark.parametrize(
    ("api", "said"),
    [
        (Api(address="http://api.example.fr", allow_http=True), "https://"),
        (replace(TLS, address="http://localhost"), "https://"),
        (replace(TLS, address="https://api.example.fr/v1"), "https://"),
        (replace(TLS, address="https://moi:secret@api.example.fr"), "https://"),
        (replace(TLS, address="https://"), "https://"),
        (Api(address="https://api.example.fr", allow_http=True, host="0.0.0.0"), "allow_http"),
        (Api(address="https://api.example.fr"), "certificate_file"),
        (Api(address="https://api.example.fr", certificate_file="a.crt"), "key_file"),
        (Api(address="https://a.fr", allow_http=True, client_ca_file="ca.crt"), "client_ca_file"),
    ],
)
def test_what_does_not_is_said(api: Api, said: str) -> None:
    (fault,) = api_faults(api)
    assert said in fault
