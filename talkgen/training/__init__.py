"""Making the weights that ship: one loop for every model."""
