import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from talkgen.cli import app
from talkgen.emotion import plan as plan_source
from talkgen.emotion import text
from talkgen.emotion._plan import SCHEMA, Action, Plan, from_content, from_text, narrowed, to_content
from talkgen.emotion._planner import ask
from talkgen.emotion._reading import read_words
from talkgen.emotion.base import Scene
from talkgen.types import TalkgenError


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.parametrize("words", ["quietly furious", "sarcastic", "not sad", "one eyebrow raised, blorp"])
def test_a_plan_reads_back(words: str) -> None:
    plan = read_words(words)
    assert from_text(json.dumps(to_content(plan)), "it") == plan
    assert set(to_content(plan)) == set(SCHEMA["properties"])


def changed(**fields: Any) -> dict[str, Any]:
    return to_content(read_words("smug")) | fields


def action(**fields: Any) -> dict[str, Any]:
    return changed(actions=[{"unit": 4, "strength": 0.5, "side": "both", "why": "angry"} | fields])


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ([], "it is [] where the schema wants an object"),
        ({}, "text is missing"),
        (changed(mood="sad"), "mood is not a field of it"),
        (changed(valence="high"), 'valence is "high" where the schema wants a number'),
        (changed(valence=2), "valence is 2 and not from -1 to 1"),
        (changed(arousal=True), "arousal is true where"),
        (changed(arousal=float("nan")), "arousal is NaN and not from -1 to 1"),
        (changed(ignored=[1]), "ignored[0] is 1 where the schema wants a string"),
        (changed(actions={}), "actions is {} where the schema wants an array"),
        (action(unit=99), "actions[0].unit is 99 and not one of 1, 2, 4"),
        (action(unit="AU4"), 'actions[0].unit is "AU4" where the schema wants an integer'),
        (action(strength=1.6), "actions[0].strength is 1.6 and not from 0 to 1.5"),
        (action(side="up"), 'actions[0].side is "up" and not one of both, left, right'),
        (action(region="brows"), "actions[0].region is not a field of it"),
        (action(unit=26, side="left"), "AU26 (jaw drop) moves both sides as one"),
        (changed(actions=action()["actions"] * 2), "AU4 (brow lowerer) is given twice for the left side"),
    ],
)
def test_a_malformed_plan_is_one_clear_sentence(content: Any, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(content))
    with pytest.raises(TalkgenError) as error:
        plan_source.read(str(path), Scene())
    message = str(error.value)
    assert message.startswith(f"{path} is not an emotion plan: ") and problem in message and "\n" not in message


def test_a_file_that_is_no_plan(tmp_path: Path) -> None:
    with pytest.raises(TalkgenError, match="There is no emotion plan"):
        plan_source.read(str(tmp_path / "none.json"), Scene())
    for content in (b"{", b"\xff\xfe\x00", b"[" * 100_000):
        (tmp_path / "plan.json").write_bytes(content)
        with pytest.raises(TalkgenError, match=r"not valid JSON|cannot be read"):
            plan_source.read(str(tmp_path / "plan.json"), Scene())


def test_part_of_a_plan() -> None:
    plan = Plan("it", (Action(4, 1.2), Action(12, 0.5, "left"), Action(26, 1.0)), 0.8)
    assert narrowed(plan, 1.5, "brows.left").actions == (Action(4, 1.5, "left"),)
    assert narrowed(plan, 0.5, "mouth").actions == (Action(12, 0.25, "left"),)
    assert narrowed(plan, 1.5, "all").valence == 1


# ---- talkgen explain


def test_explained_in_a_table() -> None:
    shown = run("explain", "quietly furious, glorp").output
    for part in ("AU4", "brow lowerer", "brows", "furious (angry)", "arousal +0.32", "named emotions: angry", "ignored: glorp"):
        assert part in shown
    assert run("explain", "not sad").output.splitlines()[1] == "no part of the face moves"


def test_explained_as_json_that_directs(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    result = run("explain", "smug", "--json", "-o", path)
    assert result.exit_code == 0
    assert from_content(json.loads(result.output), "it") == read_words("smug")
    assert np.array_equal(plan_source.read(str(path), Scene()).weights, text.read("smug", Scene()).weights)
    assert json.loads(run("explain", f"plan:{path}", "--json").output) == json.loads(path.read_text())


def test_a_specification_is_explained_term_by_term(tmp_path: Path) -> None:
    shown = run("explain", "0s=neutral; 2s=angry:0.7@brows.left+vad:0.6,0.4").output
    for heading in ("0 s: neutral", "2 s: angry in brows.left at strength 0.7", "2 s: vad 0.6,0.4"):
        assert heading in shown
    plans = json.loads(run("explain", "sad@brows+happy@mouth", "--json").output)
    assert [from_content(plan, "it").text for plan in plans] == ["sad", "happy"]
    result = run("explain", "sad@brows+happy@mouth", "-o", tmp_path / "plan.json")
    assert result.exit_code == 2 and "can hold one plan" in result.output


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["furios"], "did you mean"),
        (["sad@brow"], "brows"),
        (["  "], "empty"),
        (["sad", "-o", "plan.txt"], ".json"),
        (["sad", "--model", "x"], "--endpoint"),
    ],
)
def test_mistakes_of_explain(arguments: list[str], hint: str) -> None:
    result = run("explain", *arguments)
    assert result.exit_code == 2 and hint in result.output and result.output.count("\n") == 1


# ---- a model at an endpoint: a real server that answers as it is told

Answer = tuple[int, str]


@contextmanager
def serving(answer: Callable[[dict[str, Any]], Answer]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, body = answer({"path": self.path} | asked)
            try:
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body.encode())
            except BrokenPipeError:
                pass  # whoever asked has given up

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def says(content: Any) -> Answer:
    return 200, json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]})


def test_a_model_plans(tmp_path: Path) -> None:
    questions: list[dict[str, Any]] = []
    plan = Plan("in a huff", (Action(4, 0.8, "both", "huff"), Action(14, 0.4, "right", "huff")), -0.4, 0.3, 0.2)

    def answer(question: dict[str, Any]) -> Answer:
        questions.append(question)
        return says(json.dumps(to_content(plan)))

    path = tmp_path / "plan.json"
    with serving(answer) as endpoint:
        result = run("explain", "in a huff", "--endpoint", f"{endpoint}/", "--model", "tiny", "--json", "-o", path)
    assert result.exit_code == 0 and from_content(json.loads(result.output), "it") == plan
    (question,) = questions
    assert (question["path"], question["model"]) == ("/v1/chat/completions", "tiny")
    assert question["messages"][1]["content"] == "in a huff"
    assert question["response_format"]["json_schema"]["schema"] == SCHEMA
    assert plan_source.read(str(path), Scene()).weights.any()


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ((500, "out of memory"), "answers 500 Internal Server Error"),
        ((404, ""), "answers 404 Not Found"),
        ((200, "<html>hello</html>"), "does not answer as chat completions do"),
        ((200, "[]"), "does not answer as chat completions do"),
        ((200, '{"choices": []}'), "does not answer as chat completions do"),
        (says(None), "does not answer as chat completions do"),
        (says("I feel sad today."), "not valid JSON"),
        (says('{"mood": "sad"}'), "text is missing"),
        (says(json.dumps(action(strength=7))), "actions[0].strength is 7"),
    ],
)
def test_what_is_no_plan_is_refused(answer: Answer, problem: str) -> None:
    with serving(lambda _: answer) as endpoint, pytest.raises(TalkgenError) as error:
        ask(endpoint, "sad")
    message = str(error.value)
    assert problem in message and message.endswith("leave out --endpoint to use the built-in lexicon.") and "\n" not in message


def test_an_endpoint_that_is_down_slow_or_none() -> None:
    def slow(_: dict[str, Any]) -> Answer:
        time.sleep(0.5)
        return says("{}")

    with serving(slow) as endpoint, pytest.raises(TalkgenError, match=r"does not answer within 0\.1 seconds"):
        ask(endpoint, "sad", timeout=0.1)
    with pytest.raises(TalkgenError, match="cannot be reached"):
        ask(endpoint, "sad")
    with pytest.raises(TalkgenError, match="is no web address"):
        ask("file:///etc/passwd", "sad")
    result = run("explain", "sad", "--endpoint", endpoint)
    assert result.exit_code == 2 and "built-in lexicon" in result.output
