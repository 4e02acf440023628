"""Partners that run on loopback, to integrate against. No real partner is ever reached from here."""
