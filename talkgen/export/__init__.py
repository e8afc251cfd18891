"""Performance and frames to files. Members: one file each, chosen by the suffix of the output."""
