"""The measured rig: blendshape weights to geometry, and a portrait to the rig."""
