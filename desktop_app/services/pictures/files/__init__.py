"""Picture files of every kind, read and written without losing what they hold."""
