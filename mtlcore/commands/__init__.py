"""One module for each command; what it needs is imported when it runs, so that help and completion are quick."""
