"""What is asked for each exported table; columns are named as in `schemas`.

Arguments of every query: $1 since, $2 until (both may be null), $3 the user's name or id (or
null), and $4 whether only judged turns are wanted. A turn is a reply and all that led to it; its
key is ``turn_id``, or its own id where it has none.
"""

from visavis.records.forgetting.blanks import FORGOTTEN
from visavis.records.tables import JUDGED, metadata

_OF_TURNS = ("audio", "stt", "chat", "tts", "lipsync", "video", "vision")
"""Judged kinds that belong to a turn."""


def _chosen(at: str, user: str) -> str:
    return (
        f"($1::timestamptz is null or {at} >= $1) and ($2::timestamptz is null or {at} < $2) "
        f"and ($3::text is null or {user} in "
        "(select user_id from users where user_id = $3 or username = $3)) "
        "and $4::boolean is not null"
    )


_JUDGED = " union all ".join(
    f"select coalesce(t.turn_id, t.id) as key, '{kind}' as kind, x.judgement_id, x.target_id "
    f"from judgement_{kind} x join {kind} t on t.id = x.target_id"
    for kind in _OF_TURNS
)

_WANTED = f"""
with judged as ({_JUDGED}),
scores as (
    select g.key, avg(j.score) filter (where j.active) as score,
        count(*) filter (where j.active) as active,
        jsonb_agg(jsonb_build_object('judgement_id', j.id, 'kind', g.kind,
            'target_id', g.target_id, 'score', j.score, 'user_id', j.user_id,
            'active', j.active, 'comment', j.comment) order by j.id) as judgements
    from judged g join judgement j on j.id = g.judgement_id group by g.key
),
wanted as (
    select c.id, coalesce(c.turn_id, c.id) as key, c.turn_id, c.session_id, c.stt_id
    from chat c join session s on s.id = c.session_id
    left join scores on scores.key = coalesce(c.turn_id, c.id)
    where {_chosen("c.created", "s.user_id")} and (not $4 or scores.active > 0)
      and not exists (select from users f where f.user_id = s.user_id
                      and f.username = '{FORGOTTEN} ' || f.user_id)
)
"""

TURNS = f"""
{_WANTED},
spoken as (
    select t.chat_id, array_agg(t.id order by t.id) as tts_ids,
        array_agg(t.text order by t.id) as tts_texts, max(t.system) as tts_system,
        (array_agg(t.parameters order by t.id))[1] as tts_parameters,
        array_agg(t.words order by t.id) as tts_words,
        array_agg(a.id order by t.id) as spoken_audio_ids,
        array_agg(a.uri order by t.id) as spoken_uris,
        array_agg(a.length_ms order by t.id) as spoken_ms
    from tts t left join audio a on a.id = t.audio_id
    where t.chat_id in (select id from wanted) group by t.chat_id
),
drawn as (
    select t.chat_id, array_agg(l.id order by l.id) as lipsync_ids,
        max(l.system) as lipsync_system,
        (array_agg(l.parameters order by l.id))[1] as lipsync_parameters,
        array_agg(v.uri order by l.id) as video_uris
    from lipsync l join tts t on t.id = l.tts_id left join video v on v.id = l.video_id
    where t.chat_id in (select id from wanted) group by t.chat_id
),
times as (
    select p.turn_id, max(p.value) filter (where p.measure = 'voice_to_voice') as voice_to_voice,
        jsonb_object_agg(p.measure, p.value) filter (where p.part_of = 'voice_to_voice') as stages
    from performance_log p where p.turn_id in (select turn_id from wanted) group by p.turn_id
)
select w.key as turn_id, c.id as chat_id, c.created, c.session_id, s.started as session_started,
    s.user_id, u.username, s.initiator, s.consent_given, d.name as deployment,
    dt.descriptor as deployment_type, s.run_id, r.node, r.hardware, v.version, v.git_hash,
    v.modified, a.id as audio_id, a.uri as audio_uri, a.at_ms as audio_at_ms,
    a.length_ms as audio_ms, a.sample_rate as audio_rate, f.implementation as audio_filter,
    st.id as stt_id, st.system as stt_system, st.parameters as stt_parameters,
    st.text as transcript, c.system as chat_system, c.parameters as chat_parameters, c.generation,
    c.system_prompt, c.user_prompt, c.prompt_template_id, c.prompt_values, c.retrieved,
    c.text as reply, c.heard, c.heard_words, c.complete, spoken.tts_ids, spoken.tts_system,
    spoken.tts_parameters, spoken.tts_texts, spoken.tts_words, spoken.spoken_audio_ids,
    spoken.spoken_uris, spoken.spoken_ms, drawn.lipsync_ids, drawn.lipsync_system,
    drawn.lipsync_parameters, drawn.video_uris, times.voice_to_voice, times.stages, scores.score,
    scores.judgements
from wanted w
join chat c on c.id = w.id
join session s on s.id = c.session_id
join users u on u.user_id = s.user_id
join deployment d on d.id = s.deployment_id
join deployment_type dt on dt.id = d.deployment_type_id
join run r on r.id = s.run_id
join system_version v on v.id = r.system_version_id
left join stt st on st.id = c.stt_id
left join audio a on a.id = st.audio_id
left join audio_filter f on f.id = a.audio_filter_id
left join spoken on spoken.chat_id = c.id
left join drawn on drawn.chat_id = c.id
left join times on times.turn_id = c.turn_id
left join scores on scores.key = w.key
order by c.id
"""


def _about(kind: str, key: str) -> str:
    columns = metadata.tables[kind].columns
    session = "t.id" if kind == "session" else "t.session_id" if "session_id" in columns else "null"
    turn = "coalesce(t.turn_id, t.id)" if "turn_id" in columns else "null"
    owner = "t.user_id" if "user_id" in columns else "null"
    return (
        f"select x.judgement_id, '{kind}' as kind, x.target_id, {session}::uuid as session_id, "
        f"{turn}::uuid as turn_id, {owner}::text as owner "
        f"from judgement_{kind} x join {kind} t on t.{key} = x.target_id"
    )


JUDGEMENTS = f"""
with about as ({" union all ".join(_about(kind, key) for kind, key in JUDGED.items())})
select j.id as judgement_id, j.created, j.score, j.user_id, j.active, j.withdrawn, j.comment,
    a.kind, a.target_id, a.turn_id, a.session_id
from judgement j join about a on a.judgement_id = j.id
left join session s on s.id = a.session_id
where {_chosen("j.created", "coalesce(s.user_id, a.owner)")}
order by j.id
"""

_EXAMPLES = f"consent_given and {_chosen('created_at', 'user_id')}"

EXAMPLES = f"""
select example_id, created_at, user_id, session_id, record_id, modality, label, label_status,
    performer_id, "timestamp", features_uri, features_hash, features_size, features_format,
    encoding, dims, is_demo, payload
from training_examples where {_EXAMPLES} order by example_id
"""

_POSES = f"p.features_uri is not null and {_chosen('p.created', 's.user_id')}"

FEATURES = f"""
select p.id as pose_id, p.created, p.session_id, s.user_id, p.video_id, p.system, p.parameters,
    p.features_uri, p.features_hash, p.features_size, p.features_format, p.encoding, p.frames,
    p.at_ms, p.length_ms, p.provenance, p.interpretation, q.sequence_id, q.index
from pose p join session s on s.id = p.session_id
left join pose_sequence q on q.pose_id = p.id
where {_POSES} order by p.id
"""

MEDIA = f"""
{_WANTED}
select 'audio' as "table", a.id, a.uri, a.sha256, a.size from audio a
where a.uri is not null and (
    a.id in (select st.audio_id from stt st join wanted w on w.stt_id = st.id)
    or a.id in (select t.audio_id from tts t join wanted w on w.id = t.chat_id))
union all
select 'video', v.id, v.uri, v.sha256, v.size from video v
where v.uri is not null and (
    v.turn_id in (select turn_id from wanted)
    or v.id in (select l.video_id from lipsync l join tts t on t.id = l.tts_id
                join wanted w on w.id = t.chat_id))
union all
select 'training_examples', example_id, features_uri, substr(features_hash, 8), features_size
from training_examples where features_uri is not null and {_EXAMPLES}
union all
select 'pose', p.id, p.features_uri, substr(p.features_hash, 8), p.features_size
from pose p join session s on s.id = p.session_id where {_POSES}
order by 1, 2
"""
