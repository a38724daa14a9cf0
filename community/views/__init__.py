"""The pages and forms: they translate between HTTP and the verbs, nothing else."""
