"""Fakes that ship, for our tests and for those of plugin authors; each passes the contract of the real part."""
