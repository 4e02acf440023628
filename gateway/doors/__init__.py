"""Ways into the running service: durable execution, the lookout, the clock, the loopback web page."""
