"""Two small linear models: each a sum of its features' weights. They say nothing where they have learnt nothing.

The weights are made by tests/benchmarks/spam_training, where the data, the script and the report are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cache

from enrichment.models import Model
from enrichment.stages.tables import load_table


class LinearModel(Model):
    """The weights by feature, and the sum that has to be reached.

    least_known: with fewer known features a message is not judged; shortest: with fewer it counts as if it had so many.
    """

    bias: float
    threshold: float
    least_known: int
    shortest: int
    weights: Mapping[str, float]

    def margin(self, features: Iterable[str]) -> float | None:
        """How far beyond the threshold a message is (above 0: what is looked for), None when too little is known."""
        known = [self.weights[feature] for feature in features if feature in self.weights]
        if len(known) < self.least_known:
            return None
        return self.bias + sum(known) / math.sqrt(max(len(known), self.shortest)) - self.threshold


@cache
def spam_model() -> LinearModel:
    """Tells spam from all other mail, newsletters among it."""
    return load_table(LinearModel, "spam_model.toml")


@cache
def mailing_model() -> LinearModel:
    """Tells what one person wrote to another from what is sent to many: newsletters, and spam too."""
    return load_table(LinearModel, "mailing_model.toml")
