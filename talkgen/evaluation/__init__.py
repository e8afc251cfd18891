"""Our own harness: how well a talking head speaks, feels and lives, measured over a manifest of speech."""
