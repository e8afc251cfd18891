"""How corpora lie on disk: one file per layout, found by its name. See `base` for what a layout offers."""
