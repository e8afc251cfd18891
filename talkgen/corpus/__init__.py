"""Training material: talking video and speech become clips of named curves and aligned phones, in shards."""
