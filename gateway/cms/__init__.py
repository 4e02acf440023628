"""CMS (S/MIME in DER), streamed: `open_message` gives believed bytes or a refusal, whatever the size.

`der` reads tags and lengths, `envelope` decrypts, `signed` and `signer` take a content out and judge who
signed it, `reception` has our own certificate, `certificates` those of partners.
"""

from gateway.cms.certificates import Declared, Described, describe_certificate
from gateway.cms.opening import Terms, Verified, open_message
from gateway.cms.reception import Identity, expires_at, generate_certificate, load_identity

__all__ = [
    "Declared",
    "Described",
    "Identity",
    "Terms",
    "Verified",
    "describe_certificate",
    "expires_at",
    "generate_certificate",
    "load_identity",
    "open_message",
]
