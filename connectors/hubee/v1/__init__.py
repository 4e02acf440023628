"""HubEE V1, as it is (API 1.2): the drivers that turn its words into those of `connectors.hubee.hub`."""
