"""Speech to features on a feature clock of 50 or 100 Hz. Members: one file each."""
