"""Partners on loopback, for integrating against: HubEE V1 and SFTP, kept on disk, able to fail."""
