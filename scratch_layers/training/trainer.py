"""The training loop: steps, validation, checkpoints, rollback, as a generator of events."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from scratch_layers.data.batches import Batch, BatchMaker, Prefetcher
from scratch_layers.errors import ArgumentError, DeviceError, ScratchError, StateError
from scratch_layers.models.denoiser import Denoiser
from scratch_layers.training.checkpoint import BEST, LAST, RunState, save_checkpoint
from scratch_layers.training.config import TrainingConfig
from scratch_layers.training.events import (
    CheckpointSaved,
    DataNotice,
    Event,
    FileSkipped,
    Finished,
    RolledBack,
    RunLog,
    Started,
    StepDone,
    Validated,
    WriteFailed,
    read_events,
)
from scratch_layers.training.learner import NonFiniteError
from scratch_layers.training.objective import validation_loss
from scratch_layers.training.progress import Sitting
from scratch_layers.training.validation import Example, Measurement, measure, restore
from scratch_layers.training.workers import SingleWorker, Workers

ROLLBACK_RATE_FACTOR = 0.5
MOST_ROLLBACKS = 10


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
        initial_weights: what a new run starts from; by default, random weights.
        workers: the processes that train together; only the first one writes to the folder.

    Raises:
        ArgumentError: the batch cannot be divided evenly among the processes.
        WeightsError: the folder's checkpoint is damaged or belongs to another network.
        StateError: the folder holds the work of a run, but not its last checkpoint.
    """

    def __init__(
        self,
        config: TrainingConfig,
        batches: BatchMaker,
        examples: Sequence[Example],
        run_folder: Path,
        device: torch.device | str = "cpu",
        initial_weights: Mapping[str, Tensor] | None = None,
        workers: Workers | None = None,
    ) -> None:
        self._workers = workers or SingleWorker()
        if config.batch_size % self._workers.count:
            raise ArgumentError(
                f"A batch of {config.batch_size} cannot be divided evenly among "
                f"{self._workers.count} processes."
            )
        self._config = config
        self._device = torch.device(device)
        self._batches = batches
        self._examples = examples
        self._folder = run_folder
        self._state = RunState(config, self._device)
        self._log = RunLog(run_folder)
        self._skipped: deque[tuple[str, str]] = deque()
        self._notices: deque[str] = deque()
        self._stop_wanted = False
        if (run_folder / LAST).exists():
            self._state.resume_from(run_folder / LAST)
        elif _holds_work(run_folder):
            raise StateError(
                f"The run in {run_folder} cannot go on, because its last checkpoint ({LAST}) is "
                "missing; start anew in another folder, from the run's best model (--start-from) "
                "or from the beginning."
            )
        elif initial_weights is not None:
            self._state.learner.start_from(initial_weights)
        self._good = self._state.checkpoint()
        self._step_on_disk = self._good.progress.step

    @property
    def denoiser(self) -> Denoiser:
        """The denoiser in training, with its latest (not averaged) weights."""
        return self._state.learner.denoiser

    @property
    def step(self) -> int:
        """Optimizer steps applied so far."""
        return self._state.progress.step

    def stop(self) -> None:
        """End the run after the current step, with a checkpoint; any thread may call this."""
        self._stop_wanted = True

    def report_skipped(self, name: str, reason: str) -> None:
        """Have a :class:`FileSkipped` event told; any thread may call this."""
        self._skipped.append((name, reason))

    def report(self, sentence: str) -> None:
        """Have a :class:`DataNotice` event told; any thread may call this."""
        self._notices.append(sentence)

    def averaged_weights(self) -> dict[str, Tensor]:
        """Return copies of the averaged weights."""
        return {
            name: value.clone() for name, value in self._state.learner.average.state_dict().items()
        }

    def restored_examples(self, count: int) -> list[tuple[Tensor, Tensor, Tensor]]:
        """Return (noisy, restored, target) of the first ``count`` validation examples.

        Each is (C, H, W) in [0, 1], restored with the averaged weights.
        """
        with self._state.learner.average.applied():
            return [
                (
                    example.noisy.clamp(0, 1),
                    restore(self._state.learner.restorer, example, self._device),
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
                if self._workers.rank == 0:
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
        sitting = Sitting()
        prefetcher = self._start_prefetcher()
        try:
            yield self._started()
            yield self._save(LAST, must=True)
            while (reason := self._reason_to_end()) is None:
                yield from self._report_skipped()
                event = self._try_step(prefetcher, sitting)
                if isinstance(event, StepDone):
                    yield event
                    if self._workers.rank == 0 and sitting.is_look_due(event.elapsed_seconds):
                        yield self._state.learner.measure_layers(event.step)
                    if not self._is_checkpoint_due(sitting):
                        continue
                    if self._state.learner.is_finite():
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
            yield Finished(self._state.progress.step, reason)
        except GeneratorExit:
            if self._is_worth_saving():
                self._save(LAST)
            raise
        finally:
            prefetcher.close()

    def _try_step(self, prefetcher: Prefetcher[Batch], sitting: Sitting) -> StepDone | RolledBack:
        progress, rates = self._state.progress, self._state.rates
        began = time.monotonic()
        batch = prefetcher.get()
        rate = rates.rate(progress)
        try:
            loss = self._state.learner.step(
                progress.step, batch, rate, rates.part_done(progress), self._workers
            )
        except NonFiniteError as problem:
            return self._roll_back(str(problem))
        seconds = time.monotonic() - began
        sitting.count_step(seconds)
        progress.step += 1
        self._agree_on_time(progress.elapsed_seconds + seconds, sitting)
        return StepDone(
            progress.step,
            loss,
            rate,
            sitting.steps_per_second * self._config.batch_size,
            progress.elapsed_seconds,
            rates.part_done(progress),
        )

    def _agree_on_time(self, elapsed_seconds: float, sitting: Sitting) -> None:
        """Let the first process's clock count, so that all come to the same decisions."""
        late = sitting.seconds_since_checkpoint() >= self._config.checkpoint_seconds
        elapsed, agreed_late = self._workers.agree([elapsed_seconds, float(late)])
        self._state.progress.elapsed_seconds = elapsed
        sitting.is_checkpoint_late = bool(agreed_late)

    def _roll_back(self, reason: str) -> RolledBack:
        failed = self._state.progress
        if failed.attempt >= MOST_ROLLBACKS:
            raise StateError(
                f"Training failed at step {failed.step} because {reason}, and lowering the "
                f"learning rate {failed.attempt} times did not help; use a smaller one."
            )
        self._state.take_back(self._good)
        progress = self._state.progress
        progress.elapsed_seconds = failed.elapsed_seconds
        progress.attempt = failed.attempt + 1
        progress.rate_scale = failed.rate_scale * ROLLBACK_RATE_FACTOR
        return RolledBack(progress.step, failed.step, reason, progress.rate_scale)

    def _is_validation_due(self) -> bool:
        at_end = self._state.rates.end_reason(self._state.progress) is not None
        return at_end or self._state.progress.step % self._config.validate_every == 0

    def _is_checkpoint_due(self, sitting: Sitting) -> bool:
        return sitting.is_checkpoint_late or self._is_validation_due()

    def _is_worth_saving(self) -> bool:
        return self._step_on_disk != self._state.progress.step and self._state.learner.is_finite()

    def _validate_and_save(self, sitting: Sitting) -> Generator[Event, None, None]:
        if self._examples and self._is_validation_due():
            validated = self._validate()
            yield validated
            if validated.is_best:
                yield self._save(BEST)
        yield self._save(LAST)
        sitting.checkpoint_written()

    def _validate(self) -> Validated:
        progress = self._state.progress
        began = time.monotonic()
        result = self._measure()
        progress.elapsed_seconds += time.monotonic() - began
        is_best = progress.observe(result.psnr)
        self._state.rates.observe(result.psnr)
        return Validated(progress.step, result.loss, result.psnr, result.ssim, is_best)

    def _measure(self) -> Measurement:
        """Let the first process measure; the others learn its result."""
        values = [0.0, 0.0, 0.0]
        if self._workers.rank == 0:
            learner = self._state.learner
            with learner.average.applied():
                loss = validation_loss(self._config.objective, self._config.loss)
                result = measure(learner.restorer, self._examples, self._device, loss)
            values = [result.loss, result.psnr, result.ssim]
        return Measurement(*self._workers.agree(values))

    def _reason_to_end(self) -> str | None:
        [stop] = self._workers.agree([float(self._stop_wanted)])
        return "stopped" if stop else self._state.rates.end_reason(self._state.progress)

    def _report_skipped(self) -> Generator[Event, None, None]:
        while self._notices:
            yield DataNotice(self._state.progress.step, self._notices.popleft())
        while self._skipped:
            yield FileSkipped(self._state.progress.step, *self._skipped.popleft())

    def _started(self) -> Started:
        return Started(
            self._state.progress.step,
            self._state.learner.parameter_count,
            self._config.steps,
            self._config.minutes,
        )

    def _start_prefetcher(self) -> Prefetcher[Batch]:
        attempt = self._state.progress.attempt
        share = (self._workers.rank, self._workers.count)
        return Prefetcher(
            lambda step: self._batches.batch(step, attempt, share), self._state.progress.step
        )

    def _save(self, name: str, must: bool = False) -> CheckpointSaved | WriteFailed:
        self._good = self._state.checkpoint()
        path = self._folder / name
        try:
            if self._workers.rank == 0:
                save_checkpoint(path, self._good)
        except OSError as problem:
            if must:
                raise
            return WriteFailed(
                self._state.progress.step, f"The checkpoint {path} could not be written: {problem}."
            )
        if name == LAST:
            self._step_on_disk = self._state.progress.step
        return CheckpointSaved(self._state.progress.step, str(path))


def _holds_work(run_folder: Path) -> bool:
    """Whether a run has been under way in this folder, whose results a new one would replace."""
    return (run_folder / BEST).exists() or any(event.step > 0 for event in read_events(run_folder))
