"""Words in scripts that the voice can't say are told of, and stay in the caption."""

import pytest

from visavis.engines.tts.hibari import HibariVoice
from visavis.engines.tts.unsayable import sayable


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Plain words, José.", "Plain words, José."),
        ("The sum is 2π.", "The sum is 2π."),
        ("你好。", "I can't say that in Chinese aloud, but you can read it."),
        ("日本語です!", "I can't say that in Japanese aloud, but you can read it."),
        ("Привет, как дела?", "I can't say that in Cyrillic aloud, but you can read it."),
        ("שלום", "I can't say that in Hebrew aloud, but you can read it."),
        ("안녕하세요", "I can't say that in Korean aloud, but you can read it."),
        ("The word is 你好 in Chinese.", "The word is, as you can read, in Chinese."),
        ("Thank you is 谢谢.", "Thank you is, as you can read."),
        ("Athens is Αθήνα, of course.", "Athens is, as you can read, of course."),
    ],
)
def test_it_is_told_that_it_can_be_read(written: str, said: str) -> None:
    assert sayable(written) == said


def test_the_caption_keeps_the_words_and_something_is_heard() -> None:
    speech = HibariVoice().say("你好。")
    assert speech.text == "你好。"
    assert [word.text for word in speech.words] == ["你好。"]
    assert len(speech.samples) > speech.rate
