"""What travels about organisations, démarches and subscriptions."""

from connectors.sandbox.hubee.shapes import (
    FOLDER_SHAPES,
    ORGANISATION,
    SIRET,
    UUID,
    WHEN,
    WHOLE,
    YES_OR_NO,
    Shape,
    many,
    null,
    record,
    ref,
    text,
    told,
)

PHONE = r"^\+[0-9]{10,20}$|^[0-9]{10,20}$"
# What is no address is refused by the rules, in other words than the gateway's.
_EMAIL = text(320)
_PHONE = null(text(pattern=PHONE))
_WHO: dict[str, Shape] = {
    "firstName": text(255),
    "lastName": text(255),
    "function": null(text(255)),
    "phoneNumber": _PHONE,
    "mobileNumber": _PHONE,
}
_PERSON = record("", email=_EMAIL, **_WHO)
# HubEE's own file names the address alone; live answers say more.
_SEEN = {name: told(shape) for name, shape in _WHO.items()}
_EDITOR = {name: told(text()) for name in ("type", "companyRegister", "branchCode")}

REFERENTIAL_SHAPES: dict[str, Shape] = {
    "Subscription": record(
        "id datapassId processCode subscriber notificationFrequency localAdministrator",
        id=told(UUID),
        datapassId={"type": "integer", "format": "int64"},
        processCode=text(30),
        subscriber=ORGANISATION,
        accessMode=null(text(7, enum=["PORTAIL", "API"])),
        notificationFrequency=text(20),
        activateDateTime=null(WHEN),
        validateDateTime=null(WHEN),
        rejectDateTime=null(WHEN),
        endDateTime=null(WHEN),
        updateDateTime=null(WHEN),
        creationDateTime=told(null(WHEN)),
        delegationActor=null(record("email", email=null(_EMAIL), **_SEEN, **_EDITOR)),
        rejectionReason=null(text(1000)),
        status=null(text(20)),
        email=null(_EMAIL),
        localAdministrator=record("email", email=_EMAIL, **_SEEN),
    ),
    # A live client sends no delegate as null, whatever the second half says in HubEE's own file.
    "NewSubscription": {
        "allOf": [
            ref("Subscription"),
            record("", localAdministrator=_PERSON, delegationActor=null(_PERSON)),
        ]
    },
    "Organization": record(
        "type companyRegister branchCode name territory postalCode email status createDateTime",
        type=text(20),
        companyRegister=text(14, pattern=SIRET),
        branchCode=text(10),
        name=text(100),
        code=null(text(10)),
        country=null(text(100)),
        postalCode=text(100),
        territory=text(255),
        email=null(_EMAIL),
        phoneNumber=_PHONE,
        status=text(20),
        createDateTime=told(WHEN),
        updateDateTime=told(null(WHEN)),
    ),
    "Process": record(
        "code name isActivated osl attachmentFormatsEnabled attachmentTypesEnabled"
        " attachmentMaxSizeEnabled statusBeforeFileDeletion timeBeforeFileDeletion"
        " timeBeforeArchiving timeBeforeFolderDeletion messageToTransmitter"
        " subscriptionValidation creationDateTime",
        code=text(30),
        name=text(100),
        description=null(text(1000)),
        isActivated=YES_OR_NO,
        osl=ORGANISATION,
        attachmentFormatsEnabled=many(text(255)),
        siAttachmentFormatsEnabled=many(text(255)),
        attachmentTypesEnabled=many(text(100)),
        attachmentMaxSizeEnabled=WHOLE,
        statusBeforeFileDeletion=text(15),
        timeBeforeFileDeletion=WHOLE,
        timeBeforeArchiving=WHOLE,
        timeBeforeFolderDeletion=WHOLE,
        messageToTransmitter=YES_OR_NO,
        authorizedAwaiting=YES_OR_NO,
        subscriptionValidation=text(6, enum=["Auto", "Manual"]),
        creationDateTime=told(null(WHEN)),
        updateDateTime=told(null(WHEN)),
        legalJustification=null(text(1000)),
    ),
}

NAMED: dict[str, Shape] = FOLDER_SHAPES | REFERENTIAL_SHAPES
