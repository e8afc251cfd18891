"""Picture to `Portrait`. Members find landmarks: one file each."""
