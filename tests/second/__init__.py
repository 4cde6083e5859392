"""A second part of the book, as small as a part can be."""
