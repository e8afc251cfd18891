"""Speech to features on the 100 Hz feature clock. Members: one file each."""
