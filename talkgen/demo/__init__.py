"""A web page on the same two calls as the command line: a performance, and its frames on a portrait."""
