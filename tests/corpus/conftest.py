"""Programs are no test modules, whatever they are called."""

collect_ignore_glob = ["frozen/*", "open/*", "unseen/*"]
