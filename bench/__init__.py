"""One file, one number: what is claimed of gome, measured beside a peer or a limit in the same run."""
