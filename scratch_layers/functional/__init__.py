"""Stateless forward and backward passes, on which the layers are built."""
