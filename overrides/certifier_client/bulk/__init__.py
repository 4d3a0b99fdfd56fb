"""Many updates: rate-limited, in order for each template, and recorded so that a run can resume."""
