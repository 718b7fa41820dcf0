"""Set up gome in .venv and run a recipe of the Justfile: `python3 bootstrap.py demo`.

Needs Python 3.11 or newer and nothing else; the recipes install the rest.
"""

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
BIN = ROOT / ".venv" / "bin"


def main() -> int:
    """Create the virtual environment and `just` where they are missing, then hand over."""
    if sys.version_info < (3, 11):
        print(f"gome needs Python 3.11 or newer; this is {sys.version.split()[0]}", file=sys.stderr)
        return 2
    if not (BIN / "python").exists():
        venv.create(ROOT / ".venv", with_pip=True)
    if not (BIN / "just").exists():
        install = [BIN / "python", "-m", "pip", "install", "-qq", "--disable-pip-version-check", "rust-just>=1.36,<2"]
        subprocess.run(install, check=True)
    return subprocess.run([BIN / "just", *sys.argv[1:]], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
