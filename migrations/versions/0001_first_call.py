"""The tables of the first call."""

from alembic import op

revision = "0001"
down_revision = None

# As SQL, because what a migration did must stay readable when the tables have moved on.
TABLES = r"""
create table system_version (
    id uuid constraint pk_system_version primary key,
    created timestamptz not null default now(),
    version text not null,
    git_hash text,
    modified boolean not null default false
);

create table run (
    id uuid constraint pk_run primary key,
    started timestamptz not null default now(),
    ended timestamptz,
    component text not null,
    node text not null,
    hardware jsonb not null default '{}'::jsonb,
    system_version_id uuid not null
        constraint fk_run_system_version_id references system_version,
    constraint ck_run_ends_after_start check (ended >= started)
);

create table deployment_type (
    id uuid constraint pk_deployment_type primary key,
    created timestamptz not null default now(),
    descriptor text not null
        constraint uq_deployment_type_descriptor unique,
    configuration jsonb not null default '{}'::jsonb
);

create table deployment (
    id uuid constraint pk_deployment primary key,
    created timestamptz not null default now(),
    name text not null
        constraint uq_deployment_name unique,
    deployment_type_id uuid not null
        constraint fk_deployment_deployment_type_id references deployment_type,
    configuration jsonb not null default '{}'::jsonb
);

create table users (
    user_id text constraint pk_users primary key,
    created timestamptz not null default now(),
    username text not null
        constraint uq_users_username unique,
    external_identifier text
        constraint uq_users_external_identifier unique,
    email text,
    permissions jsonb not null default '[]'::jsonb,
    coordinates jsonb not null default '{}'::jsonb,
    constraint ck_users_permissions_are_a_list check (jsonb_typeof(permissions) = 'array'),
    constraint ck_users_user_id_names_a_folder check (user_id ~ '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$')
);

create table client_system (
    id uuid constraint pk_client_system primary key,
    created timestamptz not null default now(),
    facts jsonb not null default '{}'::jsonb
);

create table session (
    id uuid constraint pk_session primary key,
    user_id text not null
        constraint fk_session_user_id references users,
    started timestamptz not null default now(),
    finished timestamptz,
    timezone text,
    client_system_id uuid
        constraint fk_session_client_system_id references client_system,
    initiator text not null,
    deployment_id uuid not null
        constraint fk_session_deployment_id references deployment,
    run_id uuid not null
        constraint fk_session_run_id references run,
    ending text,
    consent_given boolean not null default false,
    consent_at timestamptz,
    consent_changes jsonb not null default '[]'::jsonb,
    constraint ck_session_finishes_after_start check (finished >= started),
    constraint ck_session_consent_changes_are_a_list
        check (jsonb_typeof(consent_changes) = 'array'),
    constraint ck_session_consent_has_a_time check (not consent_given or consent_at is not null)
);

create table mode_state (
    id uuid constraint pk_mode_state primary key,
    run_id uuid not null
        constraint fk_mode_state_run_id references run,
    session_id uuid
        constraint fk_mode_state_session_id references session,
    mode text not null,
    cause text not null,
    during tstzrange not null,
    constraint ck_mode_state_mode_is_known check (mode in ('warmup', 'idle', 'attract', 'invite',
        'introduction', 'chat', 'close', 'pause', 'recover', 'fault', 'reset')),
    constraint ex_mode_state_run exclude using gist
        (run_id with =, during with &&) where (session_id is null),
    constraint ck_mode_state_during_is_not_empty check (not isempty(during)),
    constraint ex_mode_state_session exclude using gist (session_id with =, during with &&),
    constraint ck_mode_state_during_has_a_start check (not lower_inf(during))
);

create table portrait (
    id uuid constraint pk_portrait primary key,
    created timestamptz not null default now(),
    master_id uuid
        constraint fk_portrait_master_id references portrait,
    width integer not null,
    height integer not null,
    format text not null,
    uri text,
    sha256 text,
    size bigint,
    provenance text not null,
    details jsonb not null default '{}'::jsonb,
    constraint ck_portrait_sha256_is_hex check (sha256 ~ '^[0-9a-f]{64}$'),
    constraint ck_portrait_size_is_positive check (size >= 0),
    constraint ck_portrait_file_is_whole check (num_nulls(uri, sha256, size) in (0, 3)),
    constraint ck_portrait_has_an_area check (width > 0 and height > 0)
);

create table video (
    id uuid constraint pk_video primary key,
    created timestamptz not null default now(),
    session_id uuid
        constraint fk_video_session_id references session,
    turn_id uuid,
    kind text not null,
    length_ms double precision,
    mime_type text not null,
    uri text,
    sha256 text,
    size bigint,
    provenance text not null,
    details jsonb not null default '{}'::jsonb,
    constraint ck_video_sha256_is_hex check (sha256 ~ '^[0-9a-f]{64}$'),
    constraint ck_video_size_is_positive check (size >= 0),
    constraint ck_video_length_is_positive check (length_ms >= 0),
    constraint ck_video_kind_is_known check (kind in ('input', 'output')),
    constraint ck_video_file_is_whole check (num_nulls(uri, sha256, size) in (0, 3))
);

create table audio (
    id uuid constraint pk_audio primary key,
    created timestamptz not null default now(),
    session_id uuid
        constraint fk_audio_session_id references session,
    turn_id uuid,
    kind text not null,
    at_ms double precision,
    length_ms double precision not null,
    sample_rate integer not null,
    format text,
    uri text,
    sha256 text,
    size bigint,
    provenance text not null,
    details jsonb not null default '{}'::jsonb,
    constraint ck_audio_sha256_is_hex check (sha256 ~ '^[0-9a-f]{64}$'),
    constraint ck_audio_size_is_positive check (size >= 0),
    constraint ck_audio_kind_is_known check (kind in ('input', 'output')),
    constraint ck_audio_length_is_positive check (length_ms >= 0 and sample_rate > 0),
    constraint ck_audio_file_is_whole check (num_nulls(uri, sha256, size) in (0, 3))
);

create table stt (
    id uuid constraint pk_stt primary key,
    created timestamptz not null default now(),
    session_id uuid not null
        constraint fk_stt_session_id references session,
    turn_id uuid,
    audio_id uuid not null
        constraint fk_stt_audio_id references audio,
    system text not null,
    parameters jsonb not null default '{}'::jsonb,
    text text
);

create table chat (
    id uuid constraint pk_chat primary key,
    created timestamptz not null default now(),
    session_id uuid not null
        constraint fk_chat_session_id references session,
    turn_id uuid,
    stt_id uuid
        constraint fk_chat_stt_id references stt,
    generation integer not null,
    system text not null,
    parameters jsonb not null default '{}'::jsonb,
    system_prompt text,
    user_prompt text,
    text text,
    heard text,
    heard_words integer,
    complete boolean,
    constraint ck_chat_counts_are_positive check (heard_words >= 0 and generation >= 0)
);

create table tts (
    id uuid constraint pk_tts primary key,
    created timestamptz not null default now(),
    session_id uuid not null
        constraint fk_tts_session_id references session,
    turn_id uuid,
    chat_id uuid
        constraint fk_tts_chat_id references chat,
    audio_id uuid
        constraint fk_tts_audio_id references audio,
    system text not null,
    parameters jsonb not null default '{}'::jsonb,
    text text,
    words jsonb not null default '[]'::jsonb
);

create table lipsync (
    id uuid constraint pk_lipsync primary key,
    created timestamptz not null default now(),
    session_id uuid not null
        constraint fk_lipsync_session_id references session,
    turn_id uuid,
    tts_id uuid not null
        constraint fk_lipsync_tts_id references tts,
    audio_id uuid
        constraint fk_lipsync_audio_id references audio,
    portrait_id uuid
        constraint fk_lipsync_portrait_id references portrait,
    gesture_reference_id uuid
        constraint fk_lipsync_gesture_reference_id references video,
    video_id uuid
        constraint fk_lipsync_video_id references video,
    system text not null,
    parameters jsonb not null default '{}'::jsonb
);

create table pose (
    id uuid constraint pk_pose primary key,
    created timestamptz not null default now(),
    session_id uuid not null
        constraint fk_pose_session_id references session,
    video_id uuid
        constraint fk_pose_video_id references video,
    system text not null,
    parameters jsonb not null default '{}'::jsonb,
    features_uri text,
    features_hash text,
    features_size bigint,
    features_format text not null,
    encoding text not null,
    frames integer not null,
    at_ms double precision,
    length_ms double precision,
    provenance text not null,
    constraint ck_pose_hash_is_sha256 check (features_hash ~ '^sha256:[0-9a-f]{64}$'),
    constraint ck_pose_frames_are_positive check (frames >= 0),
    constraint ck_pose_file_is_whole
        check (num_nulls(features_uri, features_hash, features_size) in (0, 3))
);

create table performance_log (
    id uuid constraint pk_performance_log primary key,
    created timestamptz not null default now(),
    measure text not null,
    value double precision not null,
    part_of text,
    system text,
    parameters jsonb not null default '{}'::jsonb,
    hardware jsonb not null default '{}'::jsonb,
    resources jsonb not null default '{}'::jsonb,
    turn_id uuid,
    session_id uuid
        constraint fk_performance_log_session_id references session,
    deployment_id uuid
        constraint fk_performance_log_deployment_id references deployment,
    run_id uuid
        constraint fk_performance_log_run_id references run,
    system_version_id uuid
        constraint fk_performance_log_system_version_id references system_version,
    constraint ck_performance_log_value_is_finite check (value < 'infinity'),
    constraint ck_performance_log_value_is_positive check (value >= 0 or measure = 'unexplained')
);

create table faults (
    id uuid constraint pk_faults primary key,
    created timestamptz not null default now(),
    type text not null,
    description text not null,
    mode text,
    details jsonb not null default '{}'::jsonb,
    turn_id uuid,
    session_id uuid
        constraint fk_faults_session_id references session,
    deployment_id uuid
        constraint fk_faults_deployment_id references deployment,
    run_id uuid
        constraint fk_faults_run_id references run,
    system_version_id uuid
        constraint fk_faults_system_version_id references system_version
);

create table journal (
    id uuid constraint pk_journal primary key,
    segment bigint not null,
    position bigint not null,
    updated timestamptz not null default now()
)
"""

INDEXES: dict[str, list[str | tuple[str, ...]]] = {
    "run": ["system_version_id"],
    "deployment": ["deployment_type_id"],
    "session": ["client_system_id", "deployment_id", "run_id", "user_id"],
    "mode_state": ["run_id", "session_id"],
    "portrait": ["master_id"],
    "video": ["session_id", "turn_id"],
    "audio": ["session_id", "turn_id"],
    "stt": ["audio_id", "session_id", "turn_id"],
    "chat": ["session_id", "stt_id", "turn_id"],
    "tts": ["audio_id", "chat_id", "session_id", "turn_id"],
    "lipsync": [
        "audio_id",
        "gesture_reference_id",
        "portrait_id",
        "session_id",
        "tts_id",
        "turn_id",
        "video_id",
    ],
    "pose": ["session_id", "video_id"],
    "performance_log": [
        "deployment_id",
        ("measure", "created"),
        "run_id",
        "session_id",
        "system_version_id",
        "turn_id",
    ],
    "faults": [
        "deployment_id",
        "run_id",
        "session_id",
        "system_version_id",
        "turn_id",
        ("type", "created"),
    ],
}

COMMENTS = {
    "system_version.version": "semantic version of the package",
    "system_version.git_hash": "null: an installed package, not a checkout",
    "session.ending": "why it finished",
    "audio.at_ms": "first sample, on the call's media clock",
    "audio.format": "null: no file was kept",
    "stt.text": "null: no transcripts kept",
    "chat.user_prompt": "null: begun by the persona, or no transcripts kept",
    "chat.text": "all that was thought; null while it is being thought",
    "chat.heard": "what had left before the end or an interruption: the history",
    "chat.complete": "heard to the end",
    "tts.text": "null: no transcripts kept",
    "pose.features_hash": "sha256:<hex>",
    "pose.at_ms": "first frame, on the call's media clock",
    "performance_log.value": "ms",
    "performance_log.part_of": "the measure of the same turn that this one is a part of",
    "journal": "How far each node's journal has been committed, moved in the same transaction",
}


def upgrade() -> None:
    op.execute("create extension if not exists btree_gist")
    for statement in TABLES.split(";\n"):
        op.execute(statement)
    for table, indexes in INDEXES.items():
        for index in indexes:
            columns = [index] if isinstance(index, str) else list(index)
            op.create_index(f"ix_{table}_{'_'.join(columns)}", table, columns)
    for name, comment in COMMENTS.items():
        kind = "column" if "." in name else "table"
        quoted = comment.replace("'", "''")
        op.execute(f"comment on {kind} {name} is '{quoted}'")


def downgrade() -> None:
    for statement in reversed(TABLES.split(";\n")):
        op.drop_table(statement.split()[2])
