"""Who does the work of a batch. Members: one file each, chosen by name."""
