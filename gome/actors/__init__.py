"""The five actors of the ring, one verb each; `gome.ring` puts them together."""
