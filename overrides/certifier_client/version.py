"""The version of this package, which is independent of the API's versions."""

__version__ = "0.1.0"
