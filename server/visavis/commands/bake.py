"""The command ``visavis bake``: everything that can be made ahead, made now."""

import asyncio
from contextlib import AsyncExitStack

from visavis.commands.common import fail, out, settings
from visavis.settings import Settings


def bake() -> None:
    """Speak all canned lines, make their clips and look at the portraits, ahead of calls."""
    chosen = settings()
    made = asyncio.run(_bake(chosen))
    out.print(", ".join(f"{name}: {count}" for name, count in made.items()))


async def _bake(chosen: Settings) -> dict[str, int]:
    from visavis.compute.host import Host
    from visavis.engines import loading
    from visavis.engines.base import Context
    from visavis.engines.lipsync.remote import RemoteLipsync
    from visavis.node import app
    from visavis.node.staging import keep_master, pictured, stills_of
    from visavis.personas.persona import PersonaError, load
    from visavis.precalculated import clips, speech, stills
    from visavis.records.files import Files
    from visavis.records.postgres.embedded import running_url
    from visavis.records.version import system_version
    from visavis.records.writing.cached_uploads import Uploads

    files, made = Files(chosen.records.data), {"lines": 0, "pictures": 0, "clips": 0}
    async with AsyncExitStack() as stack:
        try:
            persona = load(chosen.persona)
            recorder, _ = await app.open_records(stack, chosen, files, system_version())
        except (PersonaError, app.CannotStart) as reason:
            fail(str(reason))
        host = Host(recorder.faults.tell)
        stack.push_async_callback(host.stop)
        context = Context(chosen, persona, host)
        voice, face = await asyncio.gather(
            loading.load("tts", context), loading.load("lipsync", context)
        )
        baked = speech.Baked()
        if voice is not None:
            baked = await speech.speeches(persona, voice, "all", files, recorder)
            made["lines"] = baked.made
        if face is None:
            return made
        source = chosen.portrait or persona.portrait
        picture = keep_master(files, source)
        portrait = pictured(chosen, persona, face, picture, recorder)
        kept = await stills.keep(
            {name: (still.data, still.kind) for name, still in stills_of(face).items()},
            owner=persona.key,
            master=portrait,
            size=face.size,
            files=files,
            recorder=recorder,
        )
        if chosen.vision.engine != "off":
            eye = await loading.load("vision", context)
            made["pictures"] = await stills.look(persona.key, files, recorder, eye)
        service = chosen.remote_lipsync
        if service.url:
            uploads = Uploads(service.url, recorder.cached_uploads, recorder.faults)
            await uploads.recall(
                chosen.database_url or running_url(chosen.records.data / "postgres") or ""
            )
            remote = RemoteLipsync(
                service.url,
                service.storage_url or service.url,
                service.model,
                service.key.get_secret_value(),
                uploads,
                fields=service.fields,
                timeout_s=service.timeout_s,
                poll_s=service.poll_s,
                keep_s=service.keep_s,
            )
            picture, portrait = clips.subject(
                picture, portrait, kept.get("portrait"), photo=source.is_file()
            )
            async with remote:
                made["clips"] = await clips.bake(
                    baked,
                    remote,
                    owner=persona.key,
                    portrait=portrait,
                    picture=picture,
                    gesture=service.gesture_reference,
                    files=files,
                    recorder=recorder,
                )
        await recorder.flushed(30.0)
    return made
