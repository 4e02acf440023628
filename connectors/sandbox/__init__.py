"""Partners that run on loopback, for demos, tests and integrators. Never a production door."""
