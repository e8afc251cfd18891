"""How good it is: measures over a manifest of clips, against real speakers and against what was asked for."""
