"""Process codes that HubEE's own documents spell in two ways: either may come back from the hub.

Codes are case-sensitive, and one démarche is subscribed under one of them.
"""

# Each line is one démarche under all its names.
SAME: tuple[frozenset[str], ...] = (frozenset({"ContactsAllocataires-BRSA", "CAF-contact"}),)


def aliases_of(process_code: str) -> tuple[str, ...]:
    """The other names of a démarche, in order; none for most."""
    return tuple(
        sorted(code for names in SAME if process_code in names for code in names - {process_code})
    )
