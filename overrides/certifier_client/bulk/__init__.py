"""Many updates: paced, in order for each template, and recorded so that a run can go on."""
