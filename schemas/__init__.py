"""What data means. Knows nothing of how it travels, and is deaf to `gateway` and `connectors`."""
