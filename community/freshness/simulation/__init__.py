"""The calculator: a seeded world of answers, readers and verifiers, run day by day under different policies.

`wish` and `outcome` say what is asked and what came of it, `fit` takes a site's counts, `computing` runs the rest in a process of
its own: these are all that the product imports. The others need numpy, which neither web nor worker processes load.
"""
