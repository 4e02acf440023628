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
MAILBOX = r"^[a-zA-Z0-9._-]+@[a-zA-Z0-9._-]{2,}\.[a-z]{2,4}$"
_EMAIL, _MAILBOX = text(320, format="email"), text(320, format="email", pattern=MAILBOX)
_PHONE = null(text(pattern=PHONE))

REFERENTIAL_SHAPES: dict[str, Shape] = {
    # Whoever may come with these fields; only the address is needed.
    "Contact": record(
        "email",
        email=_MAILBOX,
        firstName=text(255),
        lastName=text(255),
        function=null(text(255)),
        phoneNumber=_PHONE,
        mobileNumber=_PHONE,
    ),
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
        delegationActor=null(record("email", email=null(_MAILBOX))),
        rejectionReason=null(text(1000)),
        status=null(text(20)),
        email=null(_EMAIL),
        localAdministrator=ref("Contact"),
    ),
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
