"""What somebody is told who speaks a language that this deployment doesn't: in theirs."""

from collections.abc import Sequence

_LINES = {
    "ar": ("عذرًا، لا أتحدث العربية بعد.", "عذرًا، أتحدث العربية فقط هنا."),
    "bn": ("দুঃখিত, আমি এখনও বাংলা বলতে পারি না।", "দুঃখিত, আমি এখানে শুধু বাংলা বলি।"),
    "de": (
        "Es tut mir leid, ich spreche noch kein Deutsch.",
        "Es tut mir leid, ich spreche hier nur Deutsch.",
    ),
    "en": ("I'm sorry, I don't speak English yet.", "I'm sorry, I only speak English so far."),
    "es": ("Lo siento, todavía no hablo español.", "Lo siento, aquí solo hablo español."),
    "fa": ("متأسفم، من هنوز فارسی صحبت نمی‌کنم.", "متأسفم، من اینجا فقط فارسی صحبت می‌کنم."),
    "fr": (
        "Je suis désolée, je ne parle pas encore français.",
        "Je suis désolée, ici je ne parle que français.",
    ),
    "hi": ("माफ़ कीजिए, मैं अभी हिंदी नहीं बोलती।", "माफ़ कीजिए, मैं यहाँ केवल हिंदी बोलती हूँ।"),
    "id": (
        "Maaf, saya belum bisa berbahasa Indonesia.",
        "Maaf, di sini saya hanya berbahasa Indonesia.",
    ),
    "it": ("Mi dispiace, non parlo ancora italiano.", "Mi dispiace, qui parlo solo italiano."),
    "ja": (
        "申し訳ありません、まだ日本語は話せません。",
        "申し訳ありません、ここでは日本語しか話せません。",
    ),
    "ko": ("죄송합니다. 저는 아직 한국어를 하지 못해요.", "죄송합니다. 여기서는 한국어만 해요."),
    "nl": (
        "Het spijt me, ik spreek nog geen Nederlands.",
        "Het spijt me, ik spreek hier alleen Nederlands.",
    ),
    "pl": ("Przykro mi, nie mówię jeszcze po polsku.", "Przykro mi, mówię tu tylko po polsku."),
    "pt": ("Desculpe, ainda não falo português.", "Desculpe, aqui só falo português."),
    "ro": ("Îmi pare rău, încă nu vorbesc română.", "Îmi pare rău, aici vorbesc doar română."),
    "ru": ("Извините, я пока не говорю по-русски.", "Извините, я говорю здесь только по-русски."),
    "tr": ("Üzgünüm, henüz Türkçe konuşamıyorum.", "Üzgünüm, burada yalnızca Türkçe konuşuyorum."),
    "uk": ("Вибачте, я ще не розмовляю українською.", "Вибачте, тут я розмовляю лише українською."),
    "vi": ("Xin lỗi, tôi chưa nói được tiếng Việt.", "Xin lỗi, ở đây tôi chỉ nói tiếng Việt."),
    "zh": ("对不起，我还不会说中文。", "对不起，我在这里只会说中文。"),
}
"""By ISO 639-1: "I don't speak it yet", and "I speak only that here"."""
LANGUAGES = frozenset(_LINES)
"""Those in which somebody can be told."""


class Shown(str):
    """Words of the persona's that are shown and not said: its voice can't."""

    __slots__ = ()


def is_foreign(language: str, own: str) -> bool:
    """Whether that is another language than the deployment's ``own``. Only an ISO 639-1 code tells:
    recognisers write other things there, too."""
    code = language.lower()
    return len(code) == 2 and code.isalpha() and code != own.lower()[:2]


def not_spoken(language: str, own: str, voiced: Sequence[str] | None) -> list[str]:
    """What is said to somebody who speaks ``language``: that it isn't, in it if there is
    a line, shown where the voice can't say it; and what is, the deployment's ``own``.

    All ISO 639-1; ``voiced``: what the voice can say, None for any.
    """
    lines: list[str] = []
    if language in _LINES:
        line = _LINES[language][0]
        lines.append(line if voiced is None or language in voiced else Shown(line))
    return [*lines, _LINES.get(own.lower()[:2], _LINES["en"])[1]]
