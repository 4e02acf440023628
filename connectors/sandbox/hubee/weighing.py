"""What becomes of an uploaded file: RECEIVED, REJECTED or CORRUPTED, and when another may replace it.

1. Another length than declared is REJECTED, and said (400). Another digest than announced, or another
   nature than the declared MIME type where bytes can tell, is REJECTED and not said (204).
2. A virus is CORRUPTED whatever else is wrong with its nature, and not said either.
3. Until its folder or event is sent, a file may be uploaded again and the last upload counts. Then what
   was weighed as RECEIVED or CORRUPTED stays: the same bytes again are a retry and change nothing,
   others are refused (400), for a recipient may have read the first. A file never uploaded, or REJECTED,
   may still come. What was erased does not come back.
4. Bytes are flushed to the disk before the line says RECEIVED.
"""

from connectors.sandbox.hubee.answers import Problem, bad, missing
from connectors.sandbox.hubee.records import Attachment, EventStatus, FileStatus, Status
from connectors.sandbox.hubee.store import Store
from connectors.sandbox.hubee.uploads import Taken, Upload

_ZIPS = (b"PK\x03\x04", b"PK\x05\x06")  # the second is an empty archive
_PDF = b"%PDF-"
_UTF8_MARK, _UTF16_MARKS = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
_BLANK = b" \t\r\n"
_SETTLED = frozenset({FileStatus.RECEIVED, FileStatus.CORRUPTED})


def is_plausible(mime_type: str, head: bytes) -> bool:
    """Say whether these first bytes may be of that type; true when bytes cannot tell."""
    match mime_type.partition(";")[0].strip().lower():
        case "application/zip":
            return head.startswith(_ZIPS)
        case "application/pdf":
            return head.startswith(_PDF)
        case "application/xml" | "text/xml":
            text = head.removeprefix(_UTF8_MARK).lstrip(_BLANK)
            return head.startswith(_UTF16_MARKS) or text.startswith(b"<")
        case "text/plain" | "text/csv":
            # Nothing more: a text has no mark of its own, and partners declare sealed bytes as text.
            return not head.startswith((*_ZIPS, _PDF))
        case _:
            return True


def weigh(store: Store, declared: Attachment, upload: Upload, announced: str | None) -> None:
    """Give the uploaded file its status, and keep its bytes if they are good."""
    sent, taken = _is_sent(store, declared), upload.taken
    if declared.status in _SETTLED and sent:
        _check_same(declared, taken)
        return
    status = _verdict(declared, taken, announced)
    if status is FileStatus.RECEIVED:
        upload.keep()
        store.flush_blobs()
    with store.change(declared):
        declared.status = status
        declared.sha256 = taken.sha256 if status in _SETTLED else None
    if status is not FileStatus.RECEIVED:
        store.blob(declared.id).unlink(missing_ok=True)
    if taken.size != declared.size:
        raise _other_size()


def _is_sent(store: Store, declared: Attachment) -> bool:
    """Say whether what holds the file was sent; refuse bytes for what was deleted or erased."""
    folder = store.world.folders.get(declared.held_by)
    case = store.world.cases.get(declared.held_by)
    event = next((e for e in case.events if declared in e.attachments), None) if case else None
    if declared.status is FileStatus.DELETED:
        raise missing("Binary meta-data")
    if folder is not None:
        return folder.global_status is not Status.HUBEE_RECEIVED
    if event is None:
        raise missing("Binary meta-data")
    return event.status is not EventStatus.IN_PROGRESS


def _check_same(declared: Attachment, taken: Taken) -> None:
    if taken.size != declared.size:
        raise _other_size()
    if taken.sha256 != declared.sha256:
        raise bad("Bad request")


def _verdict(declared: Attachment, taken: Taken, announced: str | None) -> FileStatus:
    if taken.size != declared.size or announced not in {None, taken.sha256}:
        return FileStatus.REJECTED
    if taken.infected:
        return FileStatus.CORRUPTED
    plausible = is_plausible(declared.mime_type, taken.head)
    return FileStatus.RECEIVED if plausible else FileStatus.REJECTED


def _other_size() -> Problem:
    return bad("Size does not match with attachment meta-data")
