"""What a call's parts publish, written down for a test."""

from typing import Any, TypeVar

from visavis.call.events import Bus, Faulted, ToCaller

E = TypeVar("E")


def overhear(bus: Bus, kind: type[E]) -> list[E]:
    """Every event of this kind from now on."""
    heard: list[E] = []
    bus.subscribe(kind, heard.append)
    return heard


def faults(bus: Bus) -> list[tuple[str, str]]:
    """Kind and description of each fault from now on."""
    heard: list[tuple[str, str]] = []
    bus.subscribe(Faulted, lambda fault: heard.append((fault.kind, fault.description)))
    return heard


def told(bus: Bus) -> list[tuple[str, dict[str, Any]]]:
    """Type and fields of each message to the caller from now on, without faults' own."""
    heard: list[tuple[str, dict[str, Any]]] = []
    bus.subscribe(ToCaller, lambda message: heard.append((message.kind, dict(message.fields))))
    return heard
