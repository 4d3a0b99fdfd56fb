"""The generated models, which methods take and return."""

from certifier_generated.models import *  # noqa: F403 - all models of the document
