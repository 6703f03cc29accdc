"""Photos become patches, patches become batches; all of it is reproducible from a seed."""
