"""What the sensor of a RAW file saw: read, developed with changes, and written as DNG."""

from __future__ import annotations

import dataclasses
import io
import struct
import sys

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from desktop_app.services.errors import AppError, PictureError, TargetExistsError
from desktop_app.services.pictures import open_picture, save_picture
from desktop_app.services.pictures.development import Development
from desktop_app.services.pictures.files import raw_development
from desktop_app.services.pictures.files.dng import tags_of_camera
from desktop_app.services.pictures.files.reading import develop
from desktop_app.services.pictures.files.sizes import size_of_picture
from desktop_app.services.pictures.mosaic import Mosaic
from desktop_app.services.pictures.picture import eight_bits
from tests.desktop_app.raw_files import (
    CAMERA_MATRIX,
    COLOUR_FILTERS,
    LINEAR,
    MAKER,
    X_TRANS,
    bayer,
    write_dng,
    write_samples,
)
from tests.desktop_app.services.pictures.conftest import XMP

rawpy = pytest.importorskip("rawpy")

LEVELS, WHITE_LEVEL, WHITE = (60, 64, 68, 72), 4000, (0.5, 1.0, 0.7)


def light_of(height: int, width: int) -> np.ndarray:
    """Smooth colours, (H, W, 3) from 0.1 to 0.5."""
    y, x = np.mgrid[:height, :width]
    return np.stack([0.3 + 0.2 * np.sin(y / 9), 0.3 + 0.2 * np.cos(x / 7), 0.1 + 0 * x], axis=2)


def samples_of(light: np.ndarray, arrangement: str = "RGGB") -> np.ndarray:
    """What a sensor of 12 bits with four levels of black makes of light."""
    black = np.resize(np.array(LEVELS).reshape(2, 2), (2, 2))
    rows, columns = light.shape[0] // 2 + 1, light.shape[1] // 2 + 1
    levels = np.tile(black, (rows, columns))[: light.shape[0], : light.shape[1]]
    span = WHITE_LEVEL - min(LEVELS)
    return np.rint(bayer(light, arrangement) * span + levels).astype(np.uint16)


def assert_same_development(first, second, steps: int = 1) -> None:
    assert first.shape == second.shape
    assert np.abs(first.astype(int) - second.astype(int)).max() <= steps


class TestReading:
    @pytest.mark.parametrize("arrangement", ["RGGB", "BGGR", "GRBG", "GBRG"])
    def test_light_is_what_the_sensor_saw(self, tmp_path, arrangement):
        light = light_of(31, 45)
        write_samples(
            tmp_path / "a.dng", samples_of(light, arrangement), arrangement, LEVELS, WHITE_LEVEL,
            WHITE, 6,
        )  # fmt: skip
        mosaic = open_picture(tmp_path / "a.dng").mosaic
        assert (mosaic.arrangement, mosaic.black, mosaic.white) == (arrangement, LEVELS, 4000)
        assert mosaic.white_balance == pytest.approx((2, 1, 1 / 0.7))
        assert mosaic.orientation == 6
        assert np.abs(mosaic.linear() - bayer(light, arrangement)).max() < 0.6 / mosaic.span

    @pytest.mark.parametrize(
        "active", [(1, 1, 40, 44), (2, 3, 39, 46), (3, 2, 40, 45), (2, 2, 40, 44)]
    )
    def test_the_arrangement_is_that_inside_the_margins(self, tmp_path, active):
        light = light_of(41, 47)
        arrangement = "GRBG"
        # The pattern of a DNG file begins at the active area.
        shifted = np.roll(np.array(list(arrangement)).reshape(2, 2), active[:2], (0, 1))
        samples = np.rint(bayer(light, "".join(shifted.ravel())) * 65535).astype(np.uint16)
        write_samples(tmp_path / "a.dng", samples, arrangement, active=active)
        picture = open_picture(tmp_path / "a.dng")
        mosaic = picture.mosaic
        assert mosaic.samples.shape == picture.samples.shape[:2]
        # Decoders may take a row or column more than the margin away.
        top, left = (start + start % 2 for start in active[:2])
        seen = light[top : top + mosaic.samples.shape[0], left : left + mosaic.samples.shape[1]]
        assert np.abs(mosaic.linear() - bayer(seen, mosaic.arrangement)).max() < 1e-4

    @pytest.mark.parametrize("active", [(17, 31, 320, 201), (0, 32, 320, 200), (30, 0, 340, 168)])
    @pytest.mark.parametrize("is_lit", [False, True])
    def test_read_noise_is_that_of_masked_pixels(self, tmp_path, active, is_lit):
        random = np.random.default_rng(0)
        samples = random.normal(512 + 100 * is_lit, 8, (340, 201))
        samples[::16, 5], samples[300, ::4] = 4000, 700  # hot ones, and a line for other ends
        top, left, bottom, right = active
        samples[top:bottom, left:right] += random.normal(5000, 90, (bottom - top, right - left))
        samples = np.rint(samples).astype(np.uint16)
        write_samples(tmp_path / "a.dng", samples, "GRBG", (512,) * 4, 16000, active=active)
        mosaic = open_picture(tmp_path / "a.dng").mosaic
        if is_lit:
            assert mosaic.read_noise is None
        else:
            expected = (64 + 1 / 12) / mosaic.span**2
            assert mosaic.read_noise == pytest.approx((expected,) * 3, rel=0.1)
        assert mosaic.with_linear(mosaic.linear()).read_noise is None

    @pytest.mark.parametrize("bits", [10, 14])
    def test_finer_steps_have_the_same_light(self, bits):
        white = (1 << bits) - 1
        samples = np.arange(white - 400, white + 1, dtype=np.uint16).reshape(1, -1)
        mosaic = Mosaic(samples.repeat(4, 0), (10, 11, 12, 13), white, "RGGB")
        light = mosaic.linear()
        again = mosaic.with_linear(light)
        assert again.white.bit_length() == 16
        assert np.abs(again.linear() - light).max() < 1 / again.span
        assert np.array_equal(
            again.on_levels((0, 0, 0, 0)) >> (16 - bits), mosaic.on_levels((0,) * 4)
        )

    def test_sensors_without_a_bayer_pattern_say_so(self, tmp_path):
        light = light_of(36, 48)
        linear = np.rint(light * 65535).astype(np.uint16)
        write_samples(tmp_path / "x.dng", linear[:, :, 0], X_TRANS)
        write_samples(tmp_path / "linear.dng", linear, photometric=LINEAR, planarconfig="contig")
        write_samples(tmp_path / "gray.dng", linear[:, :, 0])
        content = (tmp_path / "gray.dng").read_bytes()
        tag = struct.pack("<HHI", 262, 3, 1)
        old, new = (tag + struct.pack("<H", kind) for kind in (COLOUR_FILTERS, LINEAR))
        assert old in content
        (tmp_path / "gray.dng").write_bytes(content.replace(old, new))
        kinds = {"x": "an X-Trans pattern", "linear": "all colours", "gray": "no colours"}
        for name, words in kinds.items():
            # The decoder's X-Trans interpolation refuses small files.
            picture = open_picture(
                tmp_path / f"{name}.dng", development=Development(half_size=True)
            )
            assert picture.mosaic is None
            assert f"Its sensor has {words}" in picture.notices[1]
            with pytest.raises(PictureError, match="only RAW files of Bayer sensors"):
                save_picture(picture, tmp_path / "out.dng")

    def test_a_filter_that_the_decoder_does_not_tell_is_no_obstacle(self, tmp_path, monkeypatch):
        class Untold:
            def __init__(self, stream):
                self._raw = read(stream)

            def __getattr__(self, name):
                return getattr(self._raw, name)

            def __enter__(self):
                return self

            def __exit__(self, *_):
                self._raw.close()

            @property
            def raw_pattern(self):
                raise NotImplementedError("filters: 97")

        read = rawpy.imread
        monkeypatch.setattr(rawpy, "imread", Untold)
        write_dng(tmp_path / "a.dng")
        picture = open_picture(tmp_path / "a.dng")
        assert picture.mosaic is None
        assert "no Bayer pattern" in picture.notices[1]

    @pytest.mark.parametrize("ending", [".tif", ".jpg", ".dng"])
    @pytest.mark.parametrize("with_thumbnail", [True, False])
    def test_a_raw_file_is_one_whatever_its_name_ends_with(self, tmp_path, ending, with_thumbnail):
        samples = samples_of(light_of(50, 60))
        path = tmp_path / "a.dng"
        write_samples(path, samples, "RGGB", LEVELS, WHITE_LEVEL, with_thumbnail=with_thumbnail)
        path = path.rename(tmp_path / f"a{ending}")
        picture = open_picture(path)
        assert (picture.metadata.format, picture.samples.shape) == ("RAW", (50, 60, 3))
        assert (picture.mosaic.samples == samples).all()
        assert size_of_picture(path) == (60, 50)

    @pytest.mark.parametrize("wishes", [{}, {"white_balance": "auto", "highlights": "blend"}])
    def test_excerpts_are_parts_of_the_development(self, tmp_path, monkeypatch, wishes):
        monkeypatch.setattr(raw_development, "_EXCERPTS_DOWN", 1)
        monkeypatch.setattr(raw_development, "_EXCERPTS_ACROSS", 2)
        random = np.random.default_rng(0)
        light = light_of(161, 700) + random.normal(0, 0.02, (161, 700, 3))
        args = samples_of(light, "GBRG"), "GBRG", LEVELS, WHITE_LEVEL, WHITE, 6
        write_samples(tmp_path / "a.dng", *args)
        development = Development(exposure=0.5, **wishes)
        whole = open_picture(tmp_path / "a.dng", development=development)
        part = open_picture(tmp_path / "a.dng", development=development, as_excerpts=True)
        assert (whole.excerpts, part.excerpts, part.samples.shape) == (0, 2, (256, 128, 3))
        assert part.metadata == whole.metadata
        # The sensor lies on its side: its rows from top to bottom are columns from right to left.
        lying = whole.samples[:, ::-1].swapaxes(0, 1)
        assert (part.samples[:128] == lying[16:144, 16:144]).all()
        assert (part.samples[128:] == lying[16:144, 540 + 16 : 540 + 144]).all()

    @pytest.mark.parametrize("kept", [0.3, 0.8])
    def test_a_truncated_file_gets_one_sentence(self, tmp_path, kept):
        write_dng(tmp_path / "whole.dng")
        content = (tmp_path / "whole.dng").read_bytes()
        (tmp_path / "cut.dng").write_bytes(content[: int(kept * len(content))])
        with pytest.raises(PictureError, match=r"cut.dng is damaged or.* \([^b][^']*\)\.$") as told:
            open_picture(tmp_path / "cut.dng")
        assert told.value.remedy is None

    @pytest.mark.parametrize("missing", [1.0, 0.1])
    def test_a_compressed_file_that_is_cut_is_not_taken_for_black(self, tmp_path, missing):
        """Cameras write the directory first, and decoders do not miss tiles behind the end."""
        samples = samples_of(light_of(96, 48))
        tiles = [
            imagecodecs.jpeg8_encode(part.reshape(48, 24, 2), lossless=True, bitspersample=16)
            for part in (samples[:48], samples[48:])
        ]
        write_samples(
            tmp_path / "a.dng", iter(tiles), "RGGB", LEVELS, WHITE_LEVEL,
            shape=(96, 48), dtype=np.uint16, compression=7, tile=(48, 48),
        )  # fmt: skip
        assert np.array_equal(open_picture(tmp_path / "a.dng").mosaic.samples, samples)
        whole = (tmp_path / "a.dng").read_bytes()
        (tmp_path / "a.dng").write_bytes(whole[: -int(missing * len(tiles[1]))])
        with pytest.raises(PictureError, match="the file ends before its samples do"):
            open_picture(tmp_path / "a.dng")


class TestDevelopment:
    @pytest.fixture
    def photo(self, tmp_path):
        path = tmp_path / "photo.dng"
        samples = samples_of(light_of(40, 48) * WHITE)
        write_samples(path, samples, "RGGB", LEVELS, WHITE_LEVEL, WHITE, orientation=8)
        return open_picture(path)

    def test_the_same_mosaic_develops_the_same(self, photo):
        finer = photo.mosaic.with_linear(photo.mosaic.linear())
        again = develop(photo.metadata.path, finer)
        assert_same_development(again.samples, photo.samples)
        assert again.metadata == photo.metadata

    def test_what_is_brighter_than_the_rest_does_not_change_its_look(self, photo):
        light = photo.mosaic.linear()
        light[0:4, 0:4] = 0.9
        again = develop(photo.metadata.path, photo.mosaic.with_linear(light))
        assert_same_development(again.samples[:20, 20:], photo.samples[:20, 20:])

    @pytest.mark.parametrize("highlights", ["clip", "blend"])
    def test_a_stop_doubles_the_light(self, photo, highlights):
        darker = Development(exposure=-1.0, highlights=highlights)
        samples = develop(photo.metadata.path, photo.mosaic, darker).samples
        curve = photo.samples[5:-5, 5:-5] / 65535
        linear = ((curve + 0.055) / 1.055) ** 2.4 / 2
        expected = 1.055 * linear ** (1 / 2.4) - 0.055
        is_curved = linear > 0.01
        assert np.abs(samples[5:-5, 5:-5] / 65535 - expected)[is_curved].max() < 2e-3

    def test_automatic_white_balance_makes_the_mean_gray(self, tmp_path):
        gray = np.full((32, 32, 3), 0.3)
        write_dng(tmp_path / "gray.dng", gray * (0.4, 0.9, 0.7), white=(1.0, 1.0, 1.0))
        chosen = Development(white_balance="auto")
        picture = open_picture(tmp_path / "gray.dng", development=chosen)
        inner = picture.samples[4:-4, 4:-4].astype(int)
        assert np.ptp(inner, axis=2).max() < 300
        assert "automatic white balance" in picture.notices[0]
        assert picture.mosaic.development == chosen

    def test_half_the_size(self, photo):
        small = develop(photo.metadata.path, photo.mosaic, Development(half_size=True))
        assert small.samples.shape == (24, 20, 3)
        assert small.mosaic.samples.shape == (40, 48)

    def test_another_photo_under_the_name_gets_a_sentence(self, photo):
        write_dng(photo.metadata.path)
        with pytest.raises(PictureError, match="has changed since it was opened"):
            develop(photo.metadata.path, photo.mosaic)

    def test_an_exposure_out_of_range_gets_a_sentence(self):
        with pytest.raises(AppError, match="between -4 and 4 stops, not 5"):
            Development(exposure=5.0)

    def test_results_hold_the_profile_of_srgb(self, photo, tmp_path):
        save_picture(photo, tmp_path / "out.tif")
        with Image.open(tmp_path / "out.tif") as image:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        assert "BT.709, sRGB" in ImageCms.getProfileDescription(profile)


class TestDng:
    @pytest.mark.parametrize(
        ("arrangement", "orientation", "active"),
        [
            ("RGGB", 1, None),
            ("BGGR", 6, (1, 1, 40, 44)),
            ("GRBG", 3, (2, 3, 39, 46)),
            ("GBRG", 8, (3, 2, 40, 45)),
        ],
    )
    def test_what_is_written_develops_as_it_did(self, tmp_path, arrangement, orientation, active):
        source, target = tmp_path / "a.dng", tmp_path / "b.dng"
        samples = samples_of(light_of(41, 47) * WHITE, arrangement)
        write_samples(
            source, samples, arrangement, LEVELS, WHITE_LEVEL, WHITE, orientation, active,
            crop=(4, 6, 20, 16),
        )  # fmt: skip
        picture = open_picture(source)
        light = picture.mosaic.linear()
        clean = picture.mosaic.with_linear(0.5 * light + 0.5 * np.roll(light, 2, 0))
        result = develop(source, clean)
        save_picture(result, target)
        again = open_picture(target)
        assert_same_development(again.samples, result.samples)
        assert np.array_equal(again.mosaic.samples, clean.samples)
        kept = ("black", "white", "arrangement", "orientation", "white_balance")
        for name in kept:
            assert getattr(again.mosaic, name) == getattr(clean, name), name
        assert again.mosaic.crop == picture.mosaic.crop
        tags, own = again.mosaic.colour_tags.entries, clean.colour_tags.entries
        assert {tag: entry.data for tag, entry in tags.items()} == {
            tag: entry.data for tag, entry in own.items()
        }

    @pytest.mark.parametrize(("bits", "shape"), [(10, (33, 515)), (12, (514, 47)), (16, (23, 31))])
    def test_compression_changes_no_sample(self, tmp_path, monkeypatch, bits, shape):
        white = (1 << bits) - 1
        noise = np.random.default_rng(bits).integers(-50, 50, shape)
        samples = (white // 2 + noise).astype(np.uint16)
        samples[::9, ::8], samples[::9, 2::8] = 0, white
        write_dng(tmp_path / "a.dng")
        picture = open_picture(tmp_path / "a.dng")
        mosaic = dataclasses.replace(picture.mosaic, samples=samples, white=white)
        changed = dataclasses.replace(picture, mosaic=mosaic)
        save_picture(changed, tmp_path / "small.dng")
        monkeypatch.setitem(sys.modules, "imagecodecs", None)
        save_picture(changed, tmp_path / "large.dng")
        small, large = (tmp_path / f"{name}.dng" for name in ("small", "large"))
        assert small.stat().st_size < large.stat().st_size
        for path, compression in ((small, 7), (large, 1)):
            with rawpy.imread(str(path)) as raw:
                assert np.array_equal(raw.raw_image_visible, samples)
            with tifffile.TiffFile(path) as file:
                assert file.pages[0].pages[0].compression == compression

    def test_the_file_names_camera_and_colours(self, tmp_path):
        write_dng(tmp_path / "a.dng", white=WHITE)
        save_picture(open_picture(tmp_path / "a.dng"), tmp_path / "b.dng")
        with tifffile.TiffFile(tmp_path / "b.dng") as file:
            tags = {tag.code: tag.value for tag in file.pages[0].tags}
            assert file.pages[0].pages[0].asarray().shape == (120, 160)
        assert (tags[MAKER], tags[272], tags[50708]) == ("Maker", "Model", "Maker Model")
        assert bytes(tags[50706]) == b"\1\4\0\0"
        matrix = np.array(tags[50721]).reshape(-1, 2)
        assert matrix[:, 0] / matrix[:, 1] == pytest.approx(CAMERA_MATRIX.ravel(), abs=1e-4)

    @pytest.mark.parametrize("ending", ["dng", "tif"])
    def test_what_people_wrote_about_the_photo_goes_along(self, tmp_path, ending):
        """A mosaic is not turned, what is developed from it is."""
        iptc = b"\x1c\x02\x78\0\5Title"
        write_samples(
            tmp_path / "a.dng", samples_of(light_of(40, 48)), orientation=6, xmp=XMP % 6, iptc=iptc
        )
        save_picture(open_picture(tmp_path / "a.dng"), tmp_path / f"b.{ending}")
        with tifffile.TiffFile(tmp_path / f"b.{ending}") as file:
            tags = file.pages[0].tags
            assert tags[700].value == XMP % (6 if ending == "dng" else 1)
            assert tags[33723].value == iptc

    @pytest.mark.parametrize(("top", "kept"), [(2, True), (1, False)])
    def test_corrections_of_the_lens_go_along_where_places_stay(self, tmp_path, top, kept):
        lens = bytes(range(40))
        samples = samples_of(light_of(40, 48))
        write_samples(
            tmp_path / "a.dng", samples, "RGGB", LEVELS, WHITE_LEVEL, WHITE,
            active=(top, 2, 38, 46), lens=lens, with_thumbnail=True,
        )  # fmt: skip
        save_picture(open_picture(tmp_path / "a.dng"), tmp_path / "b.dng")
        with tifffile.TiffFile(tmp_path / "b.dng") as file:
            of_mosaic = file.pages[0].pages[0].tags
            assert (of_mosaic[51022].value if 51022 in of_mosaic else b"") == lens * kept
            assert file.pages[0].tags[50708].value == "Maker Model"

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_programs_that_do_not_develop_show_a_preview(self, tmp_path, orientation):
        light = light_of(40, 2100) * np.linspace(0.5, 1, 2100)[:, None]
        write_samples(
            tmp_path / "a.dng", samples_of(light), "RGGB", LEVELS, WHITE_LEVEL,
            orientation=orientation,
        )  # fmt: skip
        picture = open_picture(tmp_path / "a.dng")
        save_picture(picture, tmp_path / "b.dng")
        with rawpy.imread(str(tmp_path / "b.dng")) as raw:
            assert raw.extract_thumb().format == rawpy.ThumbFormat.JPEG
        with Image.open(tmp_path / "b.dng") as image:  # which Pillow turns upright
            seen = np.asarray(image)
            assert max(image.size) == 1024
        expected = Image.fromarray(eight_bits(picture.samples))
        assert np.abs(seen.astype(int) - expected.resize(seen.shape[1::-1])).mean() < 3

    def test_colours_that_only_the_decoder_knows_are_written(self, tmp_path):
        write_dng(tmp_path / "a.dng", white=WHITE)
        picture = open_picture(tmp_path / "a.dng")
        known = tags_of_camera(np.vstack([CAMERA_MATRIX, np.zeros(3)]), (2.0, 1.0, 1 / 0.7))
        mosaic = dataclasses.replace(picture.mosaic, colour_tags=known)
        save_picture(dataclasses.replace(picture, mosaic=mosaic), tmp_path / "b.dng")
        assert_same_development(open_picture(tmp_path / "b.dng").samples, picture.samples, 16)

    def test_an_existing_file_is_not_replaced(self, tmp_path):
        write_dng(tmp_path / "a.dng")
        picture = open_picture(tmp_path / "a.dng")
        before = (tmp_path / "a.dng").read_bytes()
        with pytest.raises(TargetExistsError):
            save_picture(picture, tmp_path / "a.dng")
        assert (tmp_path / "a.dng").read_bytes() == before
