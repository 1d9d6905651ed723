"""From a reply back to the microphone, the code and the stage times: the rows hold together."""

from typing import Any
from uuid import UUID

from visavis.prompts.graph import fill
from visavis.records.postgres.connection import ask

_LINEAGE = """
select l.id as lipsync_id, l.system as lipsync_system, l.parameters as lipsync_parameters,
       t.id as tts_id, t.system as tts_system, t.parameters as tts_parameters, t.text as tts_text,
       spoken.uri as speech_uri, spoken.sha256 as speech_sha256,
       c.id as chat_id, c.system as chat_system, c.parameters as chat_parameters,
       c.text as chat_text, c.heard, c.generation, c.user_prompt, c.turn_id,
       s.id as stt_id, s.system as stt_system, s.parameters as stt_parameters,
       s.text as stt_text,
       a.id as audio_id, a.uri as audio_uri, a.sha256 as audio_sha256,
       a.length_ms as audio_length_ms,
       ses.id as session_id, ses.user_id, ses.consent_given,
       d.name as deployment, dt.descriptor as deployment_type,
       r.id as run_id, r.node, r.hardware,
       v.version, v.git_hash, v.modified,
       coalesce((select jsonb_object_agg(p.measure, p.value) from performance_log p
                 where p.turn_id = c.turn_id and p.part_of = 'voice_to_voice'), '{}') as stages,
       (select max(p.value) from performance_log p
        where p.turn_id = c.turn_id and p.measure = 'voice_to_voice') as voice_to_voice
from chat c
left join tts t on t.chat_id = c.id
left join audio spoken on spoken.id = t.audio_id
left join lipsync l on l.tts_id = t.id
left join stt s on s.id = c.stt_id
left join audio a on a.id = s.audio_id
join session ses on ses.id = c.session_id
join deployment d on d.id = ses.deployment_id
join deployment_type dt on dt.id = d.deployment_type_id
join run r on r.id = ses.run_id
join system_version v on v.id = r.system_version_id
where $1 in (c.id, t.id, l.id)
order by t.created, l.created
"""


async def lineage(url: str, row: UUID) -> list[dict[str, Any]]:
    """One dict for each way back from the ``lipsync``, ``tts`` or ``chat`` row of this id: a chat
    spoken in three clauses has three. ``stages`` holds the ms of each stage."""
    return await ask(url, _LINEAGE, row)


async def rebuilt(url: str, chat: UUID) -> str:
    """The system prompt of a reply, made again from rows alone."""
    (row,) = await ask(
        url,
        "select t.text, c.prompt_values -> 'holes' as holes from chat c "
        "join prompt_template t on t.id = c.prompt_template_id where c.id = $1",
        chat,
    )
    return fill(row["text"], row["holes"])
