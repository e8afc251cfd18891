"""Portrait and motion to frames. Members: one file each; files starting with `_` are their shared parts."""
