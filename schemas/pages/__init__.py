"""The published contracts as pages a person reads: plain HTML, one style sheet, no script.

`site(registry)` gives every page and file by its path; nothing a visitor types goes further than looking
a path up among them.
"""

from schemas.pages.site import Document, Site, site

__all__ = ["Document", "Site", "site"]
