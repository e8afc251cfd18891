"""Tools that no stage owns: media, images, timelines, rotations, rasterising, the emotion grammar."""
