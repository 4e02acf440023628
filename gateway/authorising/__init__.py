"""The circuit of habilitations, once for all its faces: command line, API, console."""
