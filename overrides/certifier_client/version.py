"""The version of this package, which follows semantic versioning and not the API's dates."""

__version__ = "0.1.0"
