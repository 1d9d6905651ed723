"""A filter, a judge of turns and a function of prompts, none of them clever."""

import numpy as np

from visavis.engines.base import Engine


class Softer(Engine):
    system, parameters = "softer:1", {"factor": 0.5}

    @classmethod
    async def load(cls, context):
        return cls()

    def stream(self, rate):
        return self

    def push(self, pcm):
        return pcm * np.float32(0.5)

    def finish(self):
        return np.zeros(0, np.float32)


class Eager(Engine):
    system, parameters = "eager:1", {}

    @classmethod
    async def load(cls, context):
        return cls()

    def complete(self, text):
        return text.endswith(".")

    async def finished(self, pcm, *, timeout):
        return 0.9


def motto(here):
    return f"{here.persona} carries on."
