"""The page in a headless Chromium, as people use it. Needs a Chromium on this machine; nothing is fetched for it."""

import io
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from pages import Served, change_of_brows_and_chin, serving, stop
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 60_000
"""Milliseconds that a slow machine may take."""
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
ACCORDIONS = ("Or type what is said", "Regions of the face", "Style, renderer and size")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = next(filter(None, map(shutil.which, CHROMIUM)), playwright.chromium.executable_path)
        if not Path(found).is_file():
            pytest.skip(f"there is no Chromium here: none of {', '.join(CHROMIUM)} is installed, nor playwright's own")
        expect.set_options(timeout=PATIENCE)
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, served: Served) -> Iterator[Callable[..., Page]]:
    """Opens the page as a visitor does. No visit may ask another machine for anything, or end in an error of the page's scripts."""
    pages, strangers, errors = [], [], []

    def notice(request: Any) -> None:
        place = urlsplit(request.url)
        if place.scheme not in ("data", "blob") and place.hostname != "127.0.0.1":
            strangers.append(request.url)

    def open_page(url: str = served.url, size: dict[str, int] = DESK, **options: Any) -> Page:
        page = browser.new_page(viewport=size, **options)
        pages.append(page)
        page.set_default_timeout(PATIENCE)
        page.on("request", notice)
        page.on("pageerror", lambda error: errors.append(error))
        page.goto(url)
        expect(page.locator("#render")).to_be_visible()
        return page

    yield open_page
    for page in pages:
        page.close()
    assert not strangers and not errors


def prepared(page: Page) -> Page:
    """With the example portrait and speech, and a first frame."""
    page.get_by_role("button", name="astronaut").click()
    page.get_by_role("button", name="printing").click()
    expect(page.locator("#frame img")).to_be_visible()
    return page


def settled(page: Page) -> None:
    """Nothing is under way any more, nor about to be."""
    for _ in range(2):
        page.wait_for_timeout(500)
        expect(page.locator("[data-testid=status-tracker]:not(.hide)")).to_have_count(0)


def frame(page: Page, other_than: str | None = None) -> tuple[np.ndarray, str]:
    """The previewed picture and its address, once it is another one."""
    image = page.locator("#frame img")
    if other_than:
        expect(image).not_to_have_attribute("src", other_than)
    settled(page)
    address = image.get_attribute("src")
    with Image.open(io.BytesIO(page.request.get(address).body())) as picture:
        return np.asarray(picture.convert("RGB")), address


def unfold(page: Page) -> None:
    for name in ACCORDIONS:
        page.get_by_role("button", name=name).click()


def barriers(page: Page) -> list[str]:
    """What axe-core finds that would keep somebody out."""
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found if v["impact"] in ("serious", "critical")]


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what is focused is so called."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if (
            page.evaluate("document.activeElement.ariaLabel || document.activeElement.innerText || document.activeElement.value")
            == name
        ):
            return
    raise AssertionError(f"Tab does not lead to {name}")


def test_an_example_is_rendered(visit: Callable[..., Page]) -> None:
    page = prepared(visit())
    page.get_by_role("button", name="Style, renderer and size").click()
    page.get_by_label("number input for Pixels of the longer side").fill("128")
    page.locator("#render").dblclick()  # twice is once
    expect(page.locator("#render")).to_be_disabled()
    expect(page.locator("#video video")).to_be_visible()
    expect(page.locator("#render")).to_be_enabled()
    assert page.evaluate("document.querySelector('#video video').duration") == pytest.approx(6.55, abs=0.1)
    with page.expect_download() as download:
        page.locator("#file-csv").click()
    table = Path(download.value.path()).read_text().splitlines()
    assert table[0].startswith("Timecode,BlendShapeCount") and len(table) > 150
    assert not barriers(page)
    page.get_by_role("tab", name="Curves").click()
    expect(page.locator("#curves")).to_contain_text("jawOpen")
    assert not barriers(page)
    page.get_by_role("tab", name="Code").click()
    expect(page.locator("#command textarea")).to_have_value(re.compile("talkgen render --audio printing.flac"))
    assert not barriers(page)


def test_a_region_slider_moves_that_region(visit: Callable[..., Page], tmp_path: Path) -> None:
    page = prepared(visit())
    first = frame(page)[1]
    page.get_by_role("radio", name="surprise").check()
    still, address = frame(page, first)
    page.get_by_role("button", name="Regions of the face").click()
    for side in ("left", "right"):
        slider = page.locator(f"#gain-brows-{side} input[type=range]")
        slider.hover()  # waits until nothing moves any more
        box = slider.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + 1, box["y"] + box["height"] / 2, steps=3)
        page.mouse.up()
        moved, address = frame(page, address)
    brows, chin = change_of_brows_and_chin(still, moved, tmp_path)
    assert brows > 2 and chin <= 0.05 * brows, (brows, chin)


def test_a_render_is_cancelled(visit: Callable[..., Page]) -> None:
    page = prepared(visit())
    page.locator("#render").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#result-note")).to_contain_text("Cancelled")
    expect(page.get_by_role("button", name="Cancel")).to_be_disabled()
    assert page.locator("#video video").count() == 0


def test_a_bad_file_costs_nothing_else(visit: Callable[..., Page], tmp_path: Path) -> None:
    page = visit()
    page.locator("#transcript textarea").fill("typed before")
    for field, name, words in (("portrait", "bad.png", "not a picture"), ("speech", "bad.wav", "not a sound file")):
        (tmp_path / name).write_text("something else")
        page.locator(f"#{field} input[type=file]").first.set_input_files(tmp_path / name)
        expect(page.locator(f"#{field}-note")).to_contain_text(words)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#result-note")).to_contain_text("beside the portrait")
    assert page.locator("#transcript textarea").input_value() == "typed before"


def test_what_was_set_outlives_the_connection(visit: Callable[..., Page], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    with serving(tmp_path, "--port", port) as own:
        page = visit(own.url)
        page.locator("#transcript textarea").fill("typed before")
        page.get_by_role("radio", name="contempt").check()
        stop(own.process)
        page.get_by_role("button", name="Preview").click()
        expect(page.get_by_text("Connection to the server was lost")).to_be_visible()
        assert page.locator("#transcript textarea").input_value() == "typed before"
    with serving(tmp_path, "--port", port):
        expect(page.locator("#result-note")).to_contain_text("What was set is still here")
        assert page.locator("#transcript textarea").input_value() == "typed before"
        assert page.get_by_role("radio", name="contempt").is_checked()


def test_the_keyboard_is_enough(visit: Callable[..., Page]) -> None:
    page = visit()
    for example in ("Example: astronaut", "Example: printing"):
        tab_to(page, example)
        page.keyboard.press("Enter")
    expect(page.locator("#frame img")).to_be_visible()
    first = frame(page)[1]
    tab_to(page, "sad")
    page.keyboard.press("Space")
    expect(page.get_by_role("radio", name="sad")).to_be_checked()
    frame(page, first)
    tab_to(page, "Add the feeling as a key here")
    page.keyboard.press("Enter")
    mark = page.locator("#timeline .marks button")
    expect(mark).to_have_text("sad:1")
    before = page.locator("#keys textarea").input_value()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#keys textarea")).not_to_have_value(before)
    page.keyboard.press("Delete")
    expect(page.locator("#keys textarea")).to_have_value("")
    tab_to(page, "Render")
    page.keyboard.press("Enter")
    tab_to(page, "Cancel")
    page.keyboard.press("Enter")
    expect(page.locator("#result-note")).to_contain_text("Cancelled")


def test_keys_are_dragged_over_the_waveform(visit: Callable[..., Page]) -> None:
    page = prepared(visit())
    track = page.locator("#timeline .track").bounding_box()
    page.mouse.click(track["x"] + track["width"] / 4, track["y"] + 30)
    expect(page.locator("#at input[type=number]")).to_have_value(re.compile(r"1\.6\d"))
    page.get_by_role("button", name="Add the feeling").click()
    expect(page.locator("#keys textarea")).to_have_value(re.compile(r"1\.6\ds=happy:1"))
    box = page.locator("#timeline .marks button").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(track["x"] + track["width"] / 2, box["y"] + 5, steps=4)
    page.mouse.up()
    expect(page.locator("#keys textarea")).to_have_value(re.compile(r"3\.2\d?s=happy:1"))


@pytest.mark.parametrize(("scheme", "size"), [("light", PHONE), ("dark", PHONE), ("light", DESK), ("dark", DESK)])
def test_everybody_gets_in(visit: Callable[..., Page], scheme: str, size: dict[str, int]) -> None:
    """No sideways scrolling, and nothing that axe-core calls serious, with everything unfolded."""
    page = visit(size=size, color_scheme=scheme)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert (sum(background[:3]) < 380) == (scheme == "dark")
    unfold(page)
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert not barriers(page)
