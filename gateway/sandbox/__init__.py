"""The sandbox: HubEE and two SFTP partners on loopback, filled with an invented département.

Part of the product: a partner integrates against it, the demo runs on it, the tests stand on it.
"""
