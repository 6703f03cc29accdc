"""Parts of pages, one widget a file."""
