"""One verb of the path per file. Stages meet only in `gateway.passage`, and only through types."""
