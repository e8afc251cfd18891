"""Many lines at once: a manifest read and checked, what is left to do planned, the work shared out, and a report."""
