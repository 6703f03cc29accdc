"""Several processes training one network."""

import os
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import torch
from PIL import Image

from desktop_app.services.training.data import DataConfig
from desktop_app.services.training.runs import RunConfig, start_run
from desktop_app.services.training.workers import is_first_process, own_device, process_count
from scratch_layers.data.corruption import GaussianNoise
from scratch_layers.data.photo_batches import CleanPhotoBatches
from scratch_layers.data.sources import TensorPhotos
from scratch_layers.training.config import TrainingConfig
from scratch_layers.training.trainer import Trainer
from scratch_layers.training.validation import noisy_examples
from scratch_layers.weights import load_weights

ROOT = Path(__file__).parents[3]

# Two processes that torchrun might have started, forked after the slow import of torch. They train
# and leave their weights in files.
TRAIN_TOGETHER = """
    import os, sys
    from pathlib import Path

    import torch

    torch.set_num_threads(1)
    from desktop_app.services.training.workers import workers_of_this_run
    from scratch_layers.weights import save_weights
    from tests.desktop_app.services.training.test_workers import tiny_trainer

    folder = Path(sys.argv[1])
    os.environ.update(WORLD_SIZE="2", MASTER_ADDR="127.0.0.1", MASTER_PORT=sys.argv[2])
    child = os.fork()
    os.environ["RANK"] = "0" if child else "1"
    with workers_of_this_run(torch.device("cpu")) as workers:
        trainer = tiny_trainer(folder, workers)
        events = list(trainer.run())
        save_weights(folder / f"{workers.rank}.safetensors", trainer.averaged_weights())
    if child:
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def tiny_trainer(folder, workers=None):
    """A trainer of which everything is small; the folder is its run's."""
    config = TrainingConfig(
        configuration={"widths": [4], "blocks": 1}, steps=6, batch_size=4, validate_every=3
    )
    photos = TensorPhotos(torch.rand(5, 3, 24, 24, generator=torch.Generator().manual_seed(0)))
    batches = CleanPhotoBatches(photos, GaussianNoise(0, 50), 4, 16, seed=1)
    examples = noisy_examples(photos, GaussianNoise(25, 25), 24, 8, seed=1)
    return Trainer(config, batches, examples, folder, workers=workers)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork processes")
def test_two_processes_reach_what_one_does_with_the_joined_batch(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    alone = tiny_trainer(tmp_path / "one")
    list(alone.run())
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(TRAIN_TOGETHER), tmp_path / "two", str(free_port())],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        timeout=120,
    )
    first, second = (load_weights(tmp_path / "two" / f"{rank}.safetensors") for rank in (0, 1))
    for name, expected in alone.averaged_weights().items():
        assert torch.equal(first[name], second[name]), name
        assert torch.allclose(first[name], expected, rtol=1e-3, atol=1e-5), name
    assert {path.name for path in (tmp_path / "two").iterdir()} == {
        "0.safetensors", "1.safetensors", "best.safetensors", "events.jsonl", "last.safetensors",
    }  # fmt: skip


def test_a_process_that_is_not_the_first_leaves_the_folder_alone(tmp_path, monkeypatch):
    (tmp_path / "photos").mkdir()
    Image.new("RGB", (40, 40)).save(tmp_path / "photos" / "0.png")
    training = TrainingConfig(configuration={"widths": [4], "blocks": 1}, steps=1)
    data = DataConfig("photo", (str(tmp_path / "photos"),), patch_size=16)
    monkeypatch.setenv("RANK", "1")
    start_run(tmp_path / "run", RunConfig(training, data, "cpu"))
    assert not (tmp_path / "run").exists()


def test_without_torchrun_there_is_one_process(monkeypatch):
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    assert process_count() == 1
    assert is_first_process()
    assert own_device(torch.device("cuda")) == torch.device("cuda")


def test_each_process_of_a_machine_has_its_own_gpu(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "4")
    monkeypatch.setenv("RANK", "3")
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert own_device(torch.device("cuda")) == torch.device("cuda", 1)
    assert own_device(torch.device("cpu")) == torch.device("cpu")
    assert not is_first_process()
