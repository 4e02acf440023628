"""What a setting may be: each `description` is what an administrator reads when a value does not fit."""

from typing import Annotated

from msgspec import Meta

GIBIBYTE = 1 << 30

Text = Annotated[str, Meta(pattern=r"\S", description="texte")]
Alias = Annotated[
    str, Meta(pattern=r"\A[a-z0-9][a-z0-9-]{0,62}\Z", description="minuscules, chiffres et tirets")
]
Siret = Annotated[str, Meta(pattern=r"\A[0-9]{14}\Z", description="14 chiffres")]
Departement = Annotated[
    str, Meta(pattern=r"\A([0-9]{2}|2[AB]|9[78][0-9])\Z", description="code de département")
]
Port = Annotated[int, Meta(ge=1, le=65535, description="port, de 1 à 65535")]
Positive = Annotated[int, Meta(ge=1, description="entier positif")]
Count = Annotated[int, Meta(ge=0, description="entier, 0 compris")]
Seconds = Annotated[int, Meta(ge=0, description="secondes")]
Share = Annotated[float, Meta(ge=0, le=1, description="part, de 0 à 1")]
Delay = Annotated[float, Meta(ge=0, description="secondes")]
Word = Annotated[str, Meta(description="texte")]  # may be empty
Switch = Annotated[bool, Meta(description="true ou false")]
MaybeTexts = Annotated[tuple[Text, ...], Meta(description="liste de textes")]
Url = Annotated[str, Meta(description="URL SQLAlchemy, sans mot de passe")]

# What HubEE accepts, at most.
ProcessCode = Annotated[
    str, Meta(pattern=r"\A[!-~]{1,30}\Z", description="code de démarche, sans espace")
]
ClientId = Annotated[
    str, Meta(pattern=r"\A[!-9;-~]+\Z", description="identifiant, sans espace ni deux-points")
]
Author = Annotated[
    str, Meta(pattern=r"\S", max_length=255, description="texte de 255 caractères au plus")
]
Header = Annotated[str, Meta(max_length=50, description="texte de 50 caractères au plus")]
Branch = Annotated[
    str, Meta(pattern=r"\A[0-9A-Za-z]{1,10}\Z", description="10 lettres ou chiffres au plus")
]
Prefix = Annotated[
    str,
    Meta(pattern=r"\A[0-9A-Za-z-]{1,13}\Z", description="13 lettres, chiffres ou tirets au plus"),
]
Types = Annotated[dict[Text, Alias], Meta(min_length=1, description="table : type de pièce = flux")]
