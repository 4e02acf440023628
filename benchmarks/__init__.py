"""How fast, next to what: every figure stands beside a named peer measured in the same run."""
