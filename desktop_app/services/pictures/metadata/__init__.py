"""What a picture file says beside its pixels: carried over, rewritten, compared."""
