"""What runs in the environment of the peers (`make peers`): pandas, numpy and DuckDB never enter ours."""
