"""The recipe of a run and its JSON."""

import json

import pytest

from scratch_layers.errors import ArgumentError
from scratch_layers.training.config import TrainingConfig


def test_a_recipe_survives_json():
    config = TrainingConfig(
        steps=10, configuration={"widths": [4]}, clip_norm=None, optimizer="sgd", momentum=0.9
    )
    assert TrainingConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"steps": None}, "needs an end"),
        ({"steps": 0}, "steps must be more than 0, not 0"),
        ({"minutes": -1.0}, "minutes must be more than 0"),
        ({"learning_rate": float("nan")}, "learning_rate must be more than 0, not nan"),
        ({"batch_size": 0}, "batch_size"),
        ({"clip_norm": 0.0}, "clip_norm"),
        ({"optimizer": "rmsprop"}, "adam, adamw, muon, sgd, not 'rmsprop'"),
        ({"schedule": "linear"}, "cosine, constant, plateau"),
        ({"precision": "float16"}, "precision must be one of float32, bfloat16, not 'float16'"),
        ({"loss": "l2"}, "l1, mse, charbonnier"),
        ({"average_decay": 1.0}, "average_decay"),
        ({"warmup": 1.0}, "warmup"),
        ({"validate_every": 0}, "validate_every"),
    ],
)
def test_values_out_of_range_are_refused(change, sentence):
    with pytest.raises(ArgumentError, match=sentence):
        TrainingConfig(**{"steps": 10, **change})


def test_unknown_names_and_wrong_types_in_json_are_refused():
    with pytest.raises(ArgumentError, match="unknown name 'sparkle'"):
        TrainingConfig.from_json({"steps": 1, "sparkle": 2})
    with pytest.raises(ArgumentError, match="steps is 'many'"):
        TrainingConfig.from_json({"steps": "many"})
