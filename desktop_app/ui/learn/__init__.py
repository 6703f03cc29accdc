"""What the Learn page consists of: a view of the network for each of its ideas."""
