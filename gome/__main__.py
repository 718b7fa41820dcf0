"""`python -m gome` is the command line."""

import sys

from gome.cli import main

if __name__ == "__main__":
    sys.exit(main())
