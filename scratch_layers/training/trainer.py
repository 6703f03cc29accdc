"""The training loop: steps, validation, checkpoints, rollback, as a generator of events."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from scratch_layers.data.batches import Batch, BatchMaker
from scratch_layers.data.prefetch import Prefetcher
from scratch_layers.errors import DeviceError, ScratchError, StateError, WeightsError
from scratch_layers.models.denoiser import Denoiser
from scratch_layers.training.checkpoint import (
    BEST,
    LAST,
    Checkpoint,
    load_checkpoint,
    save_checkpoint,
)
from scratch_layers.training.config import TrainingConfig
from scratch_layers.training.events import (
    CheckpointSaved,
    Event,
    FileSkipped,
    Finished,
    RolledBack,
    Started,
    StepDone,
    Validated,
    WriteFailed,
)
from scratch_layers.training.learner import Learner, NonFiniteError
from scratch_layers.training.progress import Progress
from scratch_layers.training.rates import Rates
from scratch_layers.training.run_log import RunLog
from scratch_layers.training.validation import Example, measure, restore

ROLLBACK_RATE_FACTOR = 0.5
MOST_ROLLBACKS = 10
_SCHEDULE = "schedule/"


class Trainer:
    """Trains one network and keeps its run folder.

    The run folder receives ``last.safetensors``, ``best.safetensors`` and ``events.jsonl``. The
    learned weights depend on the configuration and the photos alone: stopping, killing and resuming
    a run that is limited by steps leads to the same bits as letting it go on.

    Args:
        config: the recipe.
        batches: makes the batch of any step; called from a background thread.
        examples: the validation set; may be empty.
        run_folder: an existing folder. A run that is already there is taken up again.
        device: where to compute.

    Raises:
        WeightsError: the folder's checkpoint is damaged or belongs to another network.
    """

    def __init__(
        self,
        config: TrainingConfig,
        batches: BatchMaker,
        examples: Sequence[Example],
        run_folder: Path,
        device: torch.device | str = "cpu",
    ) -> None:
        self._config = config
        self._device = torch.device(device)
        self._batches = batches
        self._examples = examples
        self._folder = run_folder
        self._learner = Learner(config, self._device)
        self._progress = Progress()
        self._rates = Rates(config)
        self._log = RunLog(run_folder)
        self._skipped: deque[tuple[str, str]] = deque()
        self._stop_wanted = False
        self._load_checkpoint()
        self._good = self._checkpoint()

    @property
    def denoiser(self) -> Denoiser:
        """The denoiser in training, with its latest (not averaged) weights."""
        return self._learner.denoiser

    @property
    def step(self) -> int:
        """Optimizer steps applied so far."""
        return self._progress.step

    def stop(self) -> None:
        """End the run after the current step, with a checkpoint; any thread may call this."""
        self._stop_wanted = True

    def report_skipped(self, name: str, reason: str) -> None:
        """Have a :class:`FileSkipped` event told; any thread may call this."""
        self._skipped.append((name, reason))

    def averaged_weights(self) -> dict[str, Tensor]:
        """Return copies of the averaged weights."""
        return {name: value.clone() for name, value in self._learner.average.state_dict().items()}

    def restored_examples(self, count: int) -> list[tuple[Tensor, Tensor, Tensor]]:
        """Return (noisy, restored, target) of the first ``count`` validation examples.

        Each is (3, H, W) in [0, 1], restored with the averaged weights.
        """
        with self._learner.average.applied():
            return [
                (
                    example.noisy.clamp(0, 1),
                    restore(self._learner.restorer, example, self._device),
                    example.target.clamp(0, 1),
                )
                for example in self._examples[:count]
            ]

    def run(self) -> Generator[Event, None, None]:
        """Train until a limit is reached or :meth:`stop` is called.

        Not asking for the next event pauses the run. Closing the generator stops it, with a
        checkpoint.

        Raises:
            StateError: training keeps failing although the rate was lowered again and again.
            DeviceError: the device stopped working.
            OSError: the first or last checkpoint cannot be written.
        """
        events = self._events()
        try:
            for event in events:
                self._log.write(event)
                yield event
        except RuntimeError as problem:
            if self._device.type == "cpu" or isinstance(problem, ScratchError):
                raise
            raise DeviceError(
                f"The device {self._device} stopped working ({problem}); "
                f"resume the run to go on from step {self._good.progress.step}."
            ) from problem
        finally:
            events.close()

    def _events(self) -> Generator[Event, None, None]:
        sitting = _Sitting()
        prefetcher = self._start_prefetcher()
        try:
            yield self._started()
            yield self._save(LAST, must=True)
            while (reason := self._reason_to_end()) is None:
                yield from self._report_skipped()
                event = self._try_step(prefetcher, sitting)
                if isinstance(event, StepDone):
                    yield event
                    if not self._is_checkpoint_due(sitting):
                        continue
                    if self._learner.is_finite():
                        yield from self._validate_and_save(sitting)
                        continue
                    event = self._roll_back("a weight was not finite")
                yield event
                prefetcher.close()
                prefetcher = self._start_prefetcher()
                yield self._save(LAST)
            if self._is_worth_saving():
                yield self._save(LAST, must=True)
            yield from self._report_skipped()
            yield Finished(self._progress.step, reason)
        except GeneratorExit:
            if self._is_worth_saving():
                self._save(LAST)
            raise
        finally:
            prefetcher.close()

    def _try_step(self, prefetcher: Prefetcher[Batch], sitting: _Sitting) -> StepDone | RolledBack:
        began = time.monotonic()
        batch = prefetcher.get()
        rate = self._rates.rate(self._progress)
        try:
            loss = self._learner.step(self._progress.step, batch, rate)
        except NonFiniteError as problem:
            return self._roll_back(str(problem))
        seconds = time.monotonic() - began
        sitting.count_step(seconds)
        self._progress.step += 1
        self._progress.elapsed_seconds += seconds
        return StepDone(
            self._progress.step,
            loss,
            rate,
            sitting.steps_per_second * self._config.batch_size,
            self._progress.elapsed_seconds,
            self._rates.part_done(self._progress),
        )

    def _roll_back(self, reason: str) -> RolledBack:
        progress, good = self._progress, self._good.progress
        if progress.attempt >= MOST_ROLLBACKS:
            raise StateError(
                f"Training failed at step {progress.step} because {reason}, and lowering the "
                f"learning rate {progress.attempt} times did not help; use a smaller one."
            )
        failed_step = progress.step
        self._take_back(self._good.tensors)
        self._progress = replace(
            good,
            elapsed_seconds=progress.elapsed_seconds,
            attempt=progress.attempt + 1,
            rate_scale=progress.rate_scale * ROLLBACK_RATE_FACTOR,
        )
        return RolledBack(good.step, failed_step, reason, self._progress.rate_scale)

    def _is_validation_due(self) -> bool:
        at_end = self._rates.end_reason(self._progress) is not None
        return at_end or self._progress.step % self._config.validate_every == 0

    def _is_checkpoint_due(self, sitting: _Sitting) -> bool:
        late = sitting.seconds_since_checkpoint() >= self._config.checkpoint_seconds
        return late or self._is_validation_due()

    def _is_worth_saving(self) -> bool:
        return self._good.progress.step != self._progress.step and self._learner.is_finite()

    def _validate_and_save(self, sitting: _Sitting) -> Generator[Event, None, None]:
        if self._examples and self._is_validation_due():
            validated = self._validate()
            yield validated
            if validated.is_best:
                yield self._save(BEST)
        yield self._save(LAST)
        sitting.checkpoint_written()

    def _validate(self) -> Validated:
        began = time.monotonic()
        with self._learner.average.applied():
            result = measure(self._learner.restorer, self._examples, self._device)
        is_best = self._progress.observe(result.psnr)
        self._rates.observe(result.psnr)
        self._progress.elapsed_seconds += time.monotonic() - began
        return Validated(self._progress.step, result.loss, result.psnr, result.ssim, is_best)

    def _reason_to_end(self) -> str | None:
        return "stopped" if self._stop_wanted else self._rates.end_reason(self._progress)

    def _report_skipped(self) -> Generator[Event, None, None]:
        while self._skipped:
            yield FileSkipped(self._progress.step, *self._skipped.popleft())

    def _started(self) -> Started:
        return Started(
            self._progress.step,
            self._learner.parameter_count,
            self._config.steps,
            self._config.minutes,
        )

    def _start_prefetcher(self) -> Prefetcher[Batch]:
        attempt = self._progress.attempt
        return Prefetcher(lambda step: self._batches.batch(step, attempt), self._progress.step)

    def _checkpoint(self) -> Checkpoint:
        tensors = self._learner.state_dict()
        tensors.update(
            {_SCHEDULE + name: value for name, value in self._rates.state_dict().items()}
        )
        return Checkpoint(tensors, replace(self._progress), self._config)

    def _take_back(self, tensors: Mapping[str, Tensor]) -> None:
        self._learner.load_state_dict(tensors)
        self._rates.load_state_dict(
            {
                name.removeprefix(_SCHEDULE): value
                for name, value in tensors.items()
                if name.startswith(_SCHEDULE)
            }
        )

    def _save(self, name: str, must: bool = False) -> CheckpointSaved | WriteFailed:
        self._good = self._checkpoint()
        path = self._folder / name
        try:
            save_checkpoint(path, self._good)
        except OSError as problem:
            if must:
                raise
            return WriteFailed(
                self._progress.step, f"The checkpoint {path} could not be written: {problem}."
            )
        return CheckpointSaved(self._progress.step, str(path))

    def _load_checkpoint(self) -> None:
        path = self._folder / LAST
        if not path.exists():
            return
        checkpoint = load_checkpoint(path)
        theirs = (checkpoint.config.architecture, checkpoint.config.configuration)
        if theirs != (self._config.architecture, self._config.configuration):
            raise WeightsError(
                f"The checkpoint {path} is of the network {theirs[0]} {theirs[1]}, but this run "
                f"trains {self._config.architecture} {self._config.configuration}."
            )
        self._take_back(checkpoint.tensors)
        self._progress = checkpoint.progress


class _Sitting:
    """The clocks of one start of a run, from its beginning or a checkpoint until it stops."""

    def __init__(self) -> None:
        self._steps = 0
        self._step_seconds = 0.0
        self._checkpoint_time = time.monotonic()

    def count_step(self, seconds: float) -> None:
        self._steps += 1
        self._step_seconds += seconds

    @property
    def steps_per_second(self) -> float:
        return self._steps / max(self._step_seconds, 1e-9)

    def checkpoint_written(self) -> None:
        self._checkpoint_time = time.monotonic()

    def seconds_since_checkpoint(self) -> float:
        return time.monotonic() - self._checkpoint_time
