"""talkgen: one speech clip, one portrait and one emotion in; a talking portrait or engine animation out."""

__version__ = "0.1.0"
