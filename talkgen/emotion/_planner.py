"""A language model as planner: asks an OpenAI-compatible endpoint (`/chat/completions`) for a plan and checks what it answers.

After Think-Before-Draw and AVI-Talking, which have a language model say which parts of a face move before anything is drawn.
Nothing is asked but what the user names with `talkgen explain --endpoint`.
"""

import json
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from talkgen.emotion._plan import SCHEMA, Plan, from_text
from talkgen.types import TalkgenError

MODEL = "llama3.1"
"""The model that is asked for when none is named."""
TIMEOUT = 60.0
"""Seconds to wait for an answer."""
_LARGEST = 1_000_000  # bytes of an answer
_INSTRUCTION = """You direct an actor's face. Answer the words you are given with one JSON object that follows this JSON schema:
{schema}
List the FACS action units (Ekman & Friesen) that the face shows, each side of a unit once. Strength 1 is plain acting, 0.3 is
subtle, 1.5 extreme. Say in "why" which of the words ask for a unit. Valence, arousal and dominance are those of what is felt.
"ignored" holds words that say nothing about a feeling or a face. Answer with the JSON object and nothing else."""
_INSTEAD = "leave out --endpoint to use the built-in lexicon"


def ask(endpoint: str, text: str, model: str = MODEL, timeout: float = TIMEOUT) -> Plan:
    """The plan that a model makes of a text. `endpoint` is the address up to `/chat/completions`: http://localhost:11434/v1.

    Raises `TalkgenError` for an address that is none, one that does not answer within `timeout` seconds or with an error, and for
    an answer that is not a plan.
    """
    if urlsplit(endpoint).scheme not in ("http", "https"):
        raise TalkgenError(f"The endpoint {endpoint!r} is no web address; give one such as http://localhost:11434/v1.")
    answer = _post(f"{endpoint.rstrip('/')}/chat/completions", _question(text, model), endpoint, timeout)
    try:
        written = json.loads(answer)["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError):
        written = None
    if not isinstance(written, str):
        raise TalkgenError(f"The endpoint {endpoint} does not answer as chat completions do; {_INSTEAD}.")
    return from_text(written, f"The answer of {model} at {endpoint}", _INSTEAD)


def _question(text: str, model: str) -> bytes:
    shape = {"type": "json_schema", "json_schema": {"name": "plan", "schema": SCHEMA}}
    messages = [
        {"role": "system", "content": _INSTRUCTION.format(schema=json.dumps(SCHEMA))},
        {"role": "user", "content": text},
    ]
    question: dict[str, Any] = {"model": model, "messages": messages, "temperature": 0, "response_format": shape}
    return json.dumps(question).encode()


def _post(address: str, question: bytes, endpoint: str, timeout: float) -> bytes:
    request = Request(address, question, {"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=timeout) as response:
            answer: bytes = response.read(_LARGEST)
            return answer
    except HTTPError as error:
        error.close()
        raise TalkgenError(f"The endpoint {endpoint} answers {error.code} {error.reason}; {_INSTEAD}.") from None
    except (URLError, OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, TimeoutError):
            raise TalkgenError(f"The endpoint {endpoint} does not answer within {timeout:g} seconds; {_INSTEAD}.") from None
        raise TalkgenError(f"The endpoint {endpoint} cannot be reached ({reason}); {_INSTEAD}.") from None
