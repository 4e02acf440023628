"""What a store answers when it fails, said in our words: the one place that reads obstore's errors.

1. It refuses our credentials, does not know the bucket, or sends us to another region: an administrator
   must act (`Misconfigured`).
2. Anything else it says (no answer, overload, a full disk) is time's (`Unavailable`).
3. Its own message is dropped: it quotes addresses and names of objects.

"Not there" means another thing to each caller: `FileNotFoundError` passes through.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from obstore.exceptions import (
    BaseError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)

from gateway.errors import GatewayError, Misconfigured, Unavailable

STATUS = re.compile(r"status code: (\d{3})")
REFUSED = (
    "le stockage du coffre refuse l'accès : vérifiez credentials_file et les droits sur le seau"
)
NO_BUCKET = "le seau du coffre n'existe pas : créez-le, ou corrigez [vault] url"
ELSEWHERE = "le stockage du coffre renvoie ailleurs : vérifiez [vault] endpoint et region"


@contextmanager
def answering() -> Iterator[None]:
    """Turn what a store says of itself into `Misconfigured` or `Unavailable`."""
    try:
        yield
    except BaseError as error:
        raise _in_our_words(error) from None


def _in_our_words(error: BaseError) -> GatewayError:
    if isinstance(error, PermissionDeniedError | UnauthenticatedError):
        return Misconfigured(REFUSED)
    if isinstance(error, PreconditionError):
        return Unavailable("un objet du coffre a été remplacé pendant sa lecture")
    said = str(error)
    found = STATUS.search(said)
    status = found[1] if found else ""
    for is_it, sentence in (
        (status in {"401", "403"}, REFUSED),
        ("NoSuchBucket" in said, NO_BUCKET),
        (status.startswith("3") or "redirect" in said, ELSEWHERE),
    ):
        if is_it:
            return Misconfigured(sentence)
    return Unavailable("le stockage du coffre ne répond pas")
