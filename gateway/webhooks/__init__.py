"""What we tell the clients of the API, sent: signed, to the Internet only, again until it is heard."""

from gateway.webhooks.sending import post_due, send_due
from gateway.webhooks.signing import signature
from gateway.webhooks.wire import open_session

__all__ = ["open_session", "post_due", "send_due", "signature"]
