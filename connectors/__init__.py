"""How bytes travel. Knows nothing of what they mean, and is deaf to `gateway` and `schemas`."""
