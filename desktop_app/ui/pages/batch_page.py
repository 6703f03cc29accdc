"""The page where many photos are denoised one after the other."""

from __future__ import annotations

import dataclasses
import tkinter as tk
from collections.abc import Callable
from pathlib import Path
from tkinter import ttk
from typing import Any

from desktop_app.controllers.application import ApplicationController
from desktop_app.controllers.batch import IDLE
from desktop_app.controllers.batch_plan import DONE, FAILED, BatchPlan, BatchRow
from desktop_app.services.errors import AppError
from desktop_app.services.folders import open_folder
from desktop_app.ui.commands import Commands
from desktop_app.ui.dialogs.file_choice import choose_folder, choose_pictures
from desktop_app.ui.theme.appearance import Appearance, bind_subscription
from desktop_app.ui.widgets.batch_controls import BatchControls
from desktop_app.ui.widgets.batch_form import BatchForm, BatchNoise
from desktop_app.ui.widgets.batch_list import BatchList
from desktop_app.ui.widgets.card import Card, FoldedCard
from desktop_app.ui.widgets.development_panel import DevelopmentPanel
from desktop_app.ui.widgets.empty_state import EmptyState
from desktop_app.ui.widgets.message_list import MessageList
from desktop_app.ui.widgets.model_panel import ModelPanel
from desktop_app.ui.widgets.scrolled_frame import ScrolledFrame

WIDTH = 300


class BatchPage(ttk.Frame):
    """Decisions and controls on the left, the photos and the summary on the right.

    Args:
        show_photos: opens photos where one can look at them.
    """

    def __init__(
        self,
        parent: tk.Misc,
        appearance: Appearance,
        controller: ApplicationController,
        commands: Commands,
        show_photos: Callable[[list[Path]], object],
    ) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._show_photos = show_photos
        self._controller = controller
        self._batch = controller.batch
        self._build_side(commands)
        self._build_photos()
        self.columnconfigure(1, weight=1)
        self.rowconfigure(0, weight=1)
        bind_subscription(self, self._batch.rows.subscribe(self._show_rows))
        bind_subscription(self, self._batch.plan.subscribe(self._show_plan))
        bind_subscription(self, self._batch.state.subscribe(self._show_state))
        bind_subscription(self, self._batch.summary.subscribe(self._show_summary))

    def drop(self, paths: list[Path]) -> None:
        """Add files and folders that were dropped on the page."""
        self._batch.add(paths)

    def add_photos(self) -> None:
        """Ask for photos and add them."""
        self._batch.add(choose_pictures(self, self._controller.context, "batch"))

    def add_folder(self) -> None:
        """Ask for a folder and add its photos."""
        folder = choose_folder(
            self, self._controller.context, "batch", "Add the photos of a folder"
        )
        if folder is not None:
            self._batch.add([folder])

    def start(self) -> None:
        """Denoise what is in the list."""
        self.form.commit()
        self._batch.start()

    def choose_output(self) -> None:
        """Ask where the results go."""
        folder = choose_folder(
            self,
            self._controller.context,
            "results",
            "Folder for the results",
            self._batch.plan.value.output_folder,
        )
        if folder is not None:
            self._batch.change(output=str(folder))

    def copy_summary(self) -> None:
        """Put the summary on the clipboard."""
        self.clipboard_clear()
        self.clipboard_append(self._batch.summary.value)
        self._controller.context.status.value = "Copied the summary."

    def _build_side(self, commands: Commands) -> None:
        px = self._appearance.px
        side = ttk.Frame(self)
        side.grid(row=0, column=0, sticky="ns")
        foot = ttk.Frame(side, padding=(px(12), px(8), px(12), px(12)))
        foot.pack(side="bottom", fill="x")
        self.controls = BatchControls(foot, self._appearance, self._batch)
        self.controls.pack(fill="x")
        scrolled = ScrolledFrame(side, self._appearance, WIDTH, margin=12)
        scrolled.pack(fill="both", expand=True)

        def card(title: str) -> Card:
            created = Card(scrolled.inside, self._appearance, title)
            created.pack(fill="x", padx=px(12), pady=(px(12), 0))
            return created

        self.form = BatchForm(
            card("Results").body, self._appearance, self._batch, self.choose_output
        )
        self.form.pack(fill="x")
        noise = card("Remove noise").body
        self.model = ModelPanel(
            noise,
            self._appearance,
            self._controller.models,
            commands["model-card"].run,
            commands["open-model"].run,
        )
        self.model.pack(fill="x", pady=(0, px(10)))
        self.noise = BatchNoise(noise, self._appearance, self._batch)
        self.noise.pack(fill="x")
        self.development_card = FoldedCard(
            scrolled.inside, self._appearance, "Development of RAW files", self._controller.context
        )
        self.development = DevelopmentPanel(
            self.development_card.body, self._appearance, self._develop
        )
        self.development.pack(fill="x")
        scrolled.watch_focus()

    def _build_photos(self) -> None:
        px = self._appearance.px
        right = ttk.Frame(self, padding=(0, px(12), px(12), px(12)))
        right.grid(row=0, column=1, sticky="nsew")
        self._summary_card = Card(right, self._appearance, "Summary")
        self.messages = MessageList(self._summary_card.body, self._appearance, height=4)
        self.messages.pack(fill="x")
        self.retry = self._header_button(
            self._summary_card, "Retry failed", self._batch.retry_failed
        )
        self.results = self._header_button(self._summary_card, "Open folder", self.open_results)
        self.copy = self._header_button(self._summary_card, "Copy", self.copy_summary)
        self._photos_card = Card(right, self._appearance, "Photos")
        self._photos_card.pack(fill="both", expand=True)
        self.list = BatchList(
            self._photos_card.body, self._appearance, self._batch, self._open_photo
        )
        self._add_photos = self._header_button(self._photos_card, "Add …", self.add_photos)
        self._add_folder = self._header_button(self._photos_card, "Folder …", self.add_folder)
        self._remove = self._header_button(self._photos_card, "Remove", self.list.remove_selected)
        self._clear = self._header_button(self._photos_card, "Clear", self._batch.clear)
        self._empty = EmptyState(
            self._photos_card.body,
            self._appearance,
            ("Drop photos and folders here", "or add them; one result is made of each photo"),
            (("Add photos …", self.add_photos), ("Add a folder …", self.add_folder)),
        )

    def _header_button(self, card: Card, text: str, command: Callable[[], object]) -> ttk.Button:
        button = ttk.Button(card.tools, text=text, command=command)
        gap = self._appearance.px(6) if card.tools.pack_slaves() else 0
        button.pack(side="left", padx=(gap, 0))
        return button

    def _open_photo(self, index: int) -> None:
        """Show a photo of the list on the Denoise page, with its result once there is one."""
        row = self._batch.rows.value[index]
        if row.status == DONE and row.outcome is not None and row.target.is_file():
            self._show_photos([])
            self._controller.documents.open_result(
                row.item.source, row.target, row.outcome.development
            )
        else:
            self._show_photos([row.item.source])

    def open_results(self) -> None:
        """Show the folder of the results in the system's file manager."""
        done = [row.target.parent for row in self._batch.rows.value if row.status == DONE]
        if done:
            try:
                open_folder(done[0])
            except AppError as error:
                self._controller.context.report("The folder was not opened", error)

    def _develop(self, **changes: Any) -> None:
        development = self._batch.plan.value.development
        self._batch.change(development=dataclasses.replace(development, **changes))

    def _show_plan(self, plan: BatchPlan) -> None:
        self.development.show(plan.development)
        self.development.enable(self._batch.state.value == IDLE and not plan.as_dng)

    def _show_rows(self, rows: list[BatchRow]) -> None:
        if any(row.item.is_raw for row in rows):
            px = self._appearance.px
            self.development_card.pack(fill="x", padx=px(12), pady=(px(12), 0))
        else:
            self.development_card.pack_forget()
        shown, hidden = (self.list, self._empty) if rows else (self._empty, self.list)
        hidden.pack_forget()
        shown.pack(fill="both", expand=True)
        self._show_state(self._batch.state.value)

    def _show_state(self, state: str) -> None:
        idle, rows = state == IDLE, self._batch.rows.value
        for button in (self._add_photos, self._add_folder):
            button.state(["!disabled" if idle else "disabled"])
        for button in (self._remove, self._clear):
            button.state(["!disabled" if idle and rows else "disabled"])
        self._show_plan(self._batch.plan.value)
        self.model.lock(None if idle else self._batch.model_at_work)
        done = any(row.status == DONE for row in rows)
        self.results.state(["!disabled" if done else "disabled"])
        failed = any(row.status == FAILED for row in rows)
        self.retry.state(["!disabled" if idle and failed else "disabled"])

    def _show_summary(self, summary: str) -> None:
        self.messages.show(tuple(summary.splitlines()))
        if summary:
            self._summary_card.pack(
                side="bottom",
                fill="x",
                pady=(self._appearance.px(10), 0),
                before=self._photos_card,
            )
        else:
            self._summary_card.pack_forget()
        self._show_state(self._batch.state.value)
