"""The command line, in French: one file per noun, nothing here decides."""
