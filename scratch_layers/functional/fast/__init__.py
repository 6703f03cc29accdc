"""Fast ways to compute what :mod:`scratch_layers.functional.plain` defines.

``algorithm`` is what all have in common, ``choice`` the one place where one of them is chosen, and
``tuning`` the one table of limits and sizes that were measured. The algorithms are ``patches``,
``planes``, ``depthwise`` and ``winograd``, which doubles images too; the rest is what they share.
"""
