"""Seeds that depend on what they are for, not on who came first."""

import hashlib


def seed_for(seed: int, *purpose: str) -> int:
    """Return a seed, 0 to 2**31 - 1, that is the same for the same run seed and purpose."""
    text = "/".join((str(seed), *purpose))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1
