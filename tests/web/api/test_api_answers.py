"""Answers that an operator adds: kept in a file, in force at once, refused in plain words."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from web.api.house import House

from visavis.engines.embeddings.answers import Answers
from visavis.node.answering import AnswerKeeper

QUESTION, ANSWER = 'Where is the "green" room?', "Upstairs, behind the \\ clock."


class Letters:
    """An embedder that counts letters: the same words are alike."""

    system = "letters"
    parameters: dict[str, object] = {}  # noqa: RUF012

    def embed(self, text: str) -> NDArray[np.float32]:
        counts = np.array([text.lower().count(one) for one in "abcdefghijklmnopqrstuvwxyz"])
        return (counts / (np.linalg.norm(counts) or 1)).astype(np.float32)


async def test_an_answer_is_kept_in_force_and_removed(tmp_path: Path) -> None:
    answers, keeper = Answers(Letters()), AnswerKeeper(tmp_path / "answers.toml")
    assert await keeper.serve(answers) == []
    added = await keeper.add(QUESTION, "Downstairs.")
    assert await keeper.add(QUESTION, ANSWER) == added
    match = answers.find(QUESTION)
    assert match is not None and match.ready.answer == ANSWER
    again = AnswerKeeper(tmp_path / "answers.toml")
    assert [(one.id, one.question, one.answer) for one in await again.list()] == [
        (added, QUESTION, ANSWER)
    ]
    assert await keeper.remove(added) and not await keeper.remove(added)
    assert answers.find(QUESTION) is None


async def test_a_file_that_cannot_be_read_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "answers.toml"
    file.write_text("[[answers]\n")
    keeper = AnswerKeeper(file)
    (problem,) = await keeper.serve(None)
    assert "answers.toml is not TOML" in problem
    with pytest.raises(ValueError, match="not TOML"):
        await keeper.add(QUESTION, ANSWER)
    assert file.read_text() == "[[answers]\n"


async def test_the_api_is_the_operators_and_checks_what_it_is_given(house: House) -> None:
    body = {"question": QUESTION, "answer": ANSWER}
    assert (await house.ask("POST", "/api/answers", "tess-token", json=body)).status == 403
    for wrong in ({"question": " "}, {"answer": "x" * 401}, {"answer": "{name}"}, {"more": "x"}):
        assert (await house.ask("POST", "/api/answers", json=body | wrong)).status == 422
    posted = await house.ask("POST", "/api/answers", json=body)
    assert posted.status == 201
    row = {"id": (await posted.json())["id"], **body}
    assert (await (await house.ask("GET", "/api/answers")).json())["items"] == [row]
    assert (await house.ask("DELETE", f"/api/answers/{row['id']}")).status == 204
    assert (await house.ask("DELETE", f"/api/answers/{row['id']}")).status == 404
