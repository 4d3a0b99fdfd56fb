"""Many updates: rate-limited, in order for each template, and with a journal to resume a run."""
