"""Emotion sources: each turns its argument into weights of `space.EMOTIONS` over time. Members: one file each."""
