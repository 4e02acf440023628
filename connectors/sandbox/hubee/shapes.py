"""What travels, field by field: lengths, what may be null, what the hub alone writes.

JSON schemas in the dialect of OpenAPI 3.0. They are read twice: `validation.py` holds requests to
them, `openapi.py` publishes them. A `readOnly` field is required in an answer, and ignored in a
request. No status is an enumeration here: HubEE declares none, and new values must not break anyone.
"""

from collections.abc import Mapping
from typing import Any

Shape = Mapping[str, Any]

UUID: Shape = {"type": "string", "format": "uuid"}
WHEN: Shape = {"type": "string", "format": "date-time"}
WHOLE: Shape = {"type": "integer"}
NUMBER: Shape = {"type": "number"}
YES_OR_NO: Shape = {"type": "boolean"}
BYTES: Shape = {"type": "string", "format": "binary"}
SIRET = "^[0-9]{14}$"


def text(most: int | None = None, **more: object) -> Shape:
    """Return a string of so many characters at most."""
    return {"type": "string"} | ({} if most is None else {"maxLength": most}) | more


def ref(name: str) -> Shape:
    """Point at a shape by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def many(of: Shape, **more: object) -> Shape:
    """Return a list."""
    return {"type": "array", "items": of} | more


def record(required: str, **fields: Shape) -> Shape:
    """Return an object; `required` names fields, separated by spaces."""
    whole: dict[str, Any] = {"type": "object", "properties": fields}
    return whole | ({"required": required.split()} if required else {})


def _marked(shape: Shape, mark: str) -> Shape:
    # Nothing may stand beside a $ref in this dialect.
    return {"allOf": [shape], mark: True} if "$ref" in shape else {**shape, mark: True}


def null(shape: Shape) -> Shape:
    """May be null."""
    return _marked(shape, "nullable")


def told(shape: Shape) -> Shape:
    """Written by the hub; ignored when sent."""
    return _marked(shape, "readOnly")


ORGANISATION, PARTNER = ref("OrganizationIdentifier"), ref("PartnerInfo")
_ATTRIBUTES = null(text(1024))

FOLDER_SHAPES: dict[str, Shape] = {
    "OrganizationIdentifier": record(
        "type companyRegister branchCode",
        type=text(20),
        companyRegister=text(14, pattern=SIRET),
        branchCode=text(10),
    ),
    "PartnerInfo": record(
        "",
        editorName=null(text(50)),
        applicationName=null(text(50)),
        softwareVersion=null(text(50)),
    ),
    "Applicant": record(
        "firstName lastName",
        firstName=text(255),
        lastName=text(255),
        email=null(text(320, format="email")),
    ),
    "Notification": record(
        "id recipient transmitter processCode dateTime",
        id=told(UUID),
        recipient=ORGANISATION,
        transmitter=ORGANISATION,
        processCode=text(30),
        caseId=null(UUID),
        eventId=null(UUID),
        dateTime=null(WHEN),
        eventActionType=null(text()),
        eventStatus=null(text()),
    ),
    "Attachment": record(
        "id status fileName type size mimeType",
        id=told(UUID),
        status=told(text(9)),
        fileName=text(255),
        type=text(100),
        size=WHOLE,
        mimeType=text(255),
    ),
    "FolderAttachment": {
        "allOf": [
            ref("Attachment"),
            record("recipients", recipients=many(text(), minItems=1)),
        ]
    },
    "FolderCase": record(
        "id status recipient externalId",
        id=told(UUID),
        status=told(text(15)),
        recipient=ORGANISATION,
        externalId=text(100),
        updateDateTime=told(null(WHEN)),
        transmissionDateTime=told(null(WHEN)),
        partnerAttributes=_ATTRIBUTES,
    ),
    "Folder": record(
        "id globalStatus processCode createDateTime applicant externalId cases attachments",
        id=told(UUID),
        globalStatus=told(text(15)),
        processCode=text(30),
        createDateTime=told(WHEN),
        closeDateTime=null(WHEN),
        applicant=ref("Applicant"),
        externalId=text(30),
        updateDateTime=told(null(WHEN)),
        partnerInfo=told(null(PARTNER)),
        cases=many(ref("FolderCase")),
        attachments=many(ref("FolderAttachment")),
    ),
    "Case": record(
        "id status recipient externalId processCode createDateTime",
        id=UUID,
        status=text(15),
        recipient=ORGANISATION,
        externalId=text(30),
        processCode=text(30),
        createDateTime=WHEN,
        updateDateTime=null(WHEN),
        transmissionDateTime=told(null(WHEN)),
        closeDateTime=null(WHEN),
        partnerAttributes=_ATTRIBUTES,
        applicant=ref("Applicant"),
        attachments=many(ref("Attachment")),
        events=many(ref("Event")),
    ),
    "Event": record(
        "id transmitter actionType notification createDateTime updateDateTime status",
        id=told(UUID),
        transmitter=told(ORGANISATION),
        message=null(text(1000)),
        comment=null(text(1000)),
        actionType=null(text(100)),
        author=null(text(255)),
        notification=null(YES_OR_NO),
        createDateTime=told(null(WHEN)),
        updateDateTime=told(null(WHEN)),
        status=told(text(12)),
        caseCurrentStatus=null(text(15)),
        caseNewStatus=null(text(15)),
        partnerAttributes=_ATTRIBUTES,
        attachments=many(ref("Attachment")),
        partnerInfo=told(null(PARTNER)),
    ),
    "FolderMove": record("globalStatus", globalStatus=text(50), closeDateTime=WHEN),
    # No field is required of these two: an empty object passes the gateway and fails behind it.
    "CaseMove": record("", status=text(50)),
    "EventMove": record("", status=text(12)),
    "Migration": record("", organizationSource=ORGANISATION, organizationTarget=ORGANISATION),
    "Migrated": record("caseUpdated", caseUpdated=NUMBER),
    "IdsForPurge": record("", folder_attachment_id=UUID, case_id=UUID),
    "Error": record("errors", errors=many(record("code message", code=NUMBER, message=text()))),
}
