"""What a store answers when it fails, said in our words: the one place that reads obstore's errors.

1. It refuses our credentials, does not know the bucket, or sends us to another region: an administrator
   must act (`Misconfigured`).
2. Anything else it says (no answer, overload, a full disk) is time's (`Unavailable`).
3. Its own message is dropped: it quotes addresses and names of objects.

4. A disk of ours (a local folder) is full or does not answer: `Unavailable`; closed to us: `Misconfigured`.

"Not there" means another thing to each caller: `FileNotFoundError` passes through.
"""

import errno
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


@contextmanager
def writing_well() -> Iterator[None]:
    """Turn what a disk, or obstore's writer, says while it is written to into one of the two."""
    try:
        yield
    except OSError as error:
        raise _of_writing(error) from None


def _of_writing(error: OSError) -> GatewayError:
    if error.errno is None:  # obstore's writer: an answer of the store in an error without a number
        gone = isinstance(error, FileNotFoundError)
        return Misconfigured(NO_BUCKET) if gone else _in_our_words(error)
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return Misconfigured(
            "le dossier du coffre n'est pas à nous : propriétaire et droits à voir"
        )
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return Unavailable("le disque du coffre est plein")
    return Unavailable(f"le disque du coffre ne répond pas (erreur {error.errno})")


def _in_our_words(error: BaseError | OSError) -> GatewayError:
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
