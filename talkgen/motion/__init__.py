"""Features and emotion to named facial animation. Members: one file each; files starting with `_` are their shared parts."""
