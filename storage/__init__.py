"""Every query, every file: the archive behind verbs."""
