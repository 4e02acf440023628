"""`passerelle`, and `python -m gateway`: the way in from a terminal."""

from gateway.cli.root import main

if __name__ == "__main__":
    main()
