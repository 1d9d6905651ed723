from visavis.call.dialogue.conversation import Conversation, asked


def said(conversation: Conversation) -> list[tuple[str, str]]:
    return [(m.role, m.content) for m in conversation.messages()]


def test_only_what_was_heard_is_history() -> None:
    c = Conversation("Be kind.")
    c.caller("Tell me a story.")
    c.persona("Once upon a time", complete=False)
    c.caller("Shorter, please.")
    assert said(c) == [
        ("system", "Be kind."),
        ("user", "Tell me a story."),
        ("assistant", "Once upon a time…"),
        ("user", "Shorter, please."),
    ]


def test_a_turn_whose_answer_nobody_heard_joins_the_next() -> None:
    c = Conversation("")
    c.caller("Tell me about")
    c.persona("", complete=False)
    c.caller("the weather.")
    assert said(c)[1:] == [("user", "Tell me about the weather.")]


def test_asking_does_not_change_the_history() -> None:
    c = Conversation("s")
    c.persona("Hello.", complete=True)
    c.caller("Hi")
    before = c.messages()
    note = asked("Where?", "It is noon.")
    assert (note.role, note.content) == ("user", "(It is noon.)\n\nWhere?")
    assert asked("Where?", "").content == "Where?"
    assert c.messages() == before and [m.role for m in before] == ["system", "assistant", "user"]
    assert c.earlier() == ["Hi"]


def test_only_what_was_half_a_turn_is_taken_back() -> None:
    c = Conversation("")
    c.caller("My name is Ann.")
    c.caller("What is")
    c.take_back()
    c.caller("What is the time?")
    assert said(c)[1:] == [("user", "My name is Ann. What is the time?")]
    c.persona("Noon.", complete=True)
    c.caller("And")
    c.take_back()
    assert said(c)[1:] == [("user", "My name is Ann. What is the time?"), ("assistant", "Noon.")]
