"""The whole schema of the two seed documents."""

from alembic import op

revision = "0002"
down_revision = "0001"

EMBEDDING = """
do $$ begin
    begin
        create extension if not exists vector;
        create domain sentence_embedding as vector(384);
    exception when undefined_file or insufficient_privilege or feature_not_supported then
        create domain sentence_embedding as real[]
            constraint has_all_dimensions check (cardinality(value) = 384);
    end;
exception when duplicate_object then null;
end $$
"""

TABLES = r"""
create table audio_filter (
    id uuid not null,
    created timestamptz default now() not null,
    name text not null,
    implementation text not null,
    constraint pk_audio_filter primary key (id),
    constraint uq_audio_filter_name_implementation unique (name, implementation)
);
comment on column audio_filter.implementation is 'ffmpeg''s filter graph';

create table cached_uploads (
    id uuid not null,
    created timestamptz default now() not null,
    provider text not null,
    uri text not null,
    sha256 text not null,
    size bigint not null,
    mime_type text not null,
    url text not null,
    expires timestamptz,
    vanished timestamptz,
    constraint pk_cached_uploads primary key (id),
    constraint ck_cached_uploads_sha256_is_hex check (sha256 ~ '^[0-9a-f]{64}$'),
    constraint ck_cached_uploads_size_is_positive check (size >= 0)
);
create index ix_cached_uploads_provider_sha256 on cached_uploads (provider, sha256);
comment on column cached_uploads.uri is 'the local file';
comment on column cached_uploads.url is 'where the provider has it';

create table prompt_parameter (
    id uuid not null,
    created timestamptz default now() not null,
    unique_name text not null,
    function_reference text,
    template text,
    value text,
    constraint pk_prompt_parameter primary key (id),
    constraint ck_prompt_parameter_is_filled_in_one_way
        check (num_nonnulls(function_reference, template, value) = 1),
    constraint uq_prompt_parameter_unique_name unique (unique_name)
);
comment on column prompt_parameter.function_reference is 'a function of this code, by its name';
comment on column prompt_parameter.template is 'the name of a prompt_template';

create table prompt_template (
    id uuid not null,
    created timestamptz default now() not null,
    name text not null,
    text text not null,
    active boolean default false not null,
    constraint pk_prompt_template primary key (id)
);
create unique index ix_prompt_template_active on prompt_template (name) where active;
comment on column prompt_template.text is 'with {holes} named as prompt_parameter';

create table judgement (
    id uuid not null,
    created timestamptz default now() not null,
    score double precision not null,
    user_id text not null,
    active boolean default true not null,
    withdrawn timestamptz,
    comment text,
    constraint pk_judgement primary key (id),
    constraint ck_judgement_score_is_within_one check (score between -1 and 1),
    constraint ck_judgement_is_active_or_withdrawn check (active = (withdrawn is null)),
    constraint ck_judgement_comment_is_short check (char_length(comment) <= 4000),
    constraint fk_judgement_user_id foreign key(user_id) references users (user_id)
);
create index ix_judgement_user_id on judgement (user_id);

create table models (
    model_id uuid not null,
    created_at timestamptz default now() not null,
    user_id text not null,
    modality text not null,
    model_version text not null,
    artifact_uri text not null,
    artifact_hash text not null,
    trainer_name text not null,
    encoding text not null,
    trained_at timestamptz default now() not null,
    status text default 'candidate' not null,
    notes text,
    payload jsonb default '{}'::jsonb not null,
    constraint pk_models primary key (model_id),
    constraint ck_models_modality_is_known check (modality in ('gesture', 'audio')),
    constraint ck_models_status_is_known check (status in ('active', 'candidate', 'archived')),
    constraint ck_models_hash_is_sha256 check (artifact_hash ~ '^sha256:[0-9a-f]{64}$'),
    constraint uq_models_user_id_modality_model_version unique (user_id, modality, model_version),
    constraint fk_models_user_id foreign key(user_id) references users (user_id)
);
create unique index ix_models_active on models (user_id, modality) where status = 'active';
create index ix_models_trained_at on models (trained_at);
create index ix_models_user_id on models (user_id);

create table embeddings (
    id uuid not null,
    created timestamptz default now() not null,
    deployment_id uuid,
    persona text,
    source text not null,
    document_hash text not null,
    position integer not null,
    text text not null,
    embedding sentence_embedding not null,
    system text not null,
    parameters jsonb default '{}'::jsonb not null,
    constraint pk_embeddings primary key (id),
    constraint uq_embeddings_source_document_hash_position_system
        unique (source, document_hash, position, system),
    constraint ck_embeddings_position_is_positive check (position >= 0),
    constraint ck_embeddings_hash_is_hex check (document_hash ~ '^[0-9a-f]{64}$'),
    constraint fk_embeddings_deployment_id foreign key(deployment_id) references deployment (id)
);
create index ix_embeddings_deployment_id on embeddings (deployment_id);
comment on column embeddings.source is 'the document''s name';
comment on column embeddings.document_hash is 'sha256 of the whole document';
comment on column embeddings.position is 'of the chunk in the document, from 0';

create table scenario (
    id uuid not null,
    created timestamptz default now() not null,
    scenario text not null,
    configuration jsonb default '{}'::jsonb not null,
    deployment_type_id uuid not null,
    deployment_id uuid not null,
    system_version_id uuid not null,
    constraint pk_scenario primary key (id),
    constraint fk_scenario_deployment_type_id foreign key(deployment_type_id)
        references deployment_type (id),
    constraint fk_scenario_deployment_id foreign key(deployment_id) references deployment (id),
    constraint fk_scenario_system_version_id foreign key(system_version_id)
        references system_version (id)
);
create index ix_scenario_deployment_id on scenario (deployment_id);
create index ix_scenario_deployment_type_id on scenario (deployment_type_id);
create index ix_scenario_system_version_id on scenario (system_version_id);
comment on table scenario
    is 'A deployment under one configuration and one version: a new one when either changes';

create table training_runs (
    run_id uuid not null,
    user_id text not null,
    modality text not null,
    model_id uuid,
    dataset_query jsonb default '{}'::jsonb not null,
    example_count integer not null,
    examples_hash text not null,
    started_at timestamptz default now() not null,
    finished_at timestamptz,
    metrics jsonb,
    parameters jsonb default '{}'::jsonb not null,
    constraint pk_training_runs primary key (run_id),
    constraint ck_training_runs_modality_is_known check (modality in ('gesture', 'audio')),
    constraint ck_training_runs_count_is_positive check (example_count >= 0),
    constraint ck_training_runs_finishes_after_start check (finished_at >= started_at),
    constraint fk_training_runs_user_id foreign key(user_id) references users (user_id),
    constraint fk_training_runs_model_id foreign key(model_id) references models (model_id)
);
create index ix_training_runs_model_id on training_runs (model_id);
create index ix_training_runs_user_id on training_runs (user_id);

create table calibration_settings (
    id uuid not null,
    created timestamptz default now() not null,
    client_system_id uuid,
    deployment_id uuid not null,
    session_id uuid not null,
    cause text not null,
    noise_floor_db double precision,
    speech_level_db double precision,
    gain_db double precision default 0 not null,
    framing jsonb default '{}'::jsonb not null,
    details jsonb default '{}'::jsonb not null,
    constraint pk_calibration_settings primary key (id),
    constraint ck_calibration_settings_noise_floor_is_dbfs
        check (noise_floor_db between -200 and 0),
    constraint ck_calibration_settings_speech_level_is_dbfs
        check (speech_level_db between -200 and 0),
    constraint ck_calibration_settings_gain_is_sane check (gain_db between -40 and 40),
    constraint fk_calibration_settings_client_system_id foreign key(client_system_id)
        references client_system (id),
    constraint fk_calibration_settings_deployment_id foreign key(deployment_id)
        references deployment (id),
    constraint fk_calibration_settings_session_id foreign key(session_id) references session (id)
);
create index ix_calibration_settings_client_system_id on calibration_settings (client_system_id);
create index ix_calibration_settings_deployment_id on calibration_settings (deployment_id);
create index ix_calibration_settings_session_id on calibration_settings (session_id);
comment on column calibration_settings.cause is 'who or what asked for it';
comment on column calibration_settings.noise_floor_db is 'dBFS; null: not measured';
comment on column calibration_settings.speech_level_db is 'dBFS; null: not measured';

create table session_events (
    event_id uuid not null,
    session_id uuid not null,
    event_type text not null,
    timestamp timestamptz default now() not null,
    at_ms double precision,
    turn_id uuid,
    payload jsonb default '{}'::jsonb not null,
    constraint pk_session_events primary key (event_id),
    constraint fk_session_events_session_id foreign key(session_id) references session (id)
);
create index ix_session_events_session_id on session_events (session_id);
create index ix_session_events_turn_id on session_events (turn_id);
comment on column session_events.at_ms is 'on the call''s media clock';

create table training_examples (
    example_id uuid not null,
    created_at timestamptz default now() not null,
    user_id text not null,
    session_id uuid,
    record_id uuid,
    modality text not null,
    label text not null,
    label_status text default 'unconfirmed' not null,
    performer_id text,
    timestamp timestamptz default now() not null,
    features_uri text,
    features_hash text,
    features_size bigint,
    features_format text default 'npz' not null,
    encoding text not null,
    dims integer,
    consent_given boolean default false not null,
    is_demo boolean default false not null,
    payload jsonb default '{}'::jsonb not null,
    constraint pk_training_examples primary key (example_id),
    constraint ck_training_examples_modality_is_known check (modality in ('gesture', 'audio')),
    constraint ck_training_examples_label_status_is_known
        check (label_status in ('unconfirmed', 'confirmed', 'corrected')),
    constraint ck_training_examples_label_is_short check (char_length(label) between 1 and 200),
    constraint ck_training_examples_dims_are_positive check (dims > 0),
    constraint ck_training_examples_file_is_whole
        check (num_nulls(features_uri, features_hash, features_size) in (0, 3)),
    constraint ck_training_examples_hash_is_sha256 check (features_hash ~ '^sha256:[0-9a-f]{64}$'),
    constraint uq_training_examples_user_id_features_hash unique (user_id, features_hash),
    constraint fk_training_examples_user_id foreign key(user_id) references users (user_id),
    constraint fk_training_examples_session_id foreign key(session_id) references session (id),
    constraint uq_training_examples_record_id unique (record_id)
);
create index ix_training_examples_session_id on training_examples (session_id);
create index ix_training_examples_user_id on training_examples (user_id);
create index ix_training_examples_user_id_modality_label on training_examples
    (user_id, modality, label);
create index ix_training_examples_user_id_timestamp on training_examples (user_id, timestamp);
comment on column training_examples.record_id is 'the take or the pose row it was cut from';
comment on column training_examples.features_hash is 'sha256:<hex>';

create table pose_sequence (
    id uuid not null,
    created timestamptz default now() not null,
    sequence_id uuid not null,
    index integer not null,
    pose_id uuid not null,
    constraint pk_pose_sequence primary key (id),
    constraint uq_pose_sequence_sequence_id_index unique (sequence_id, index),
    constraint ck_pose_sequence_index_is_positive check (index >= 0),
    constraint fk_pose_sequence_pose_id foreign key(pose_id) references pose (id)
);
create index ix_pose_sequence_pose_id on pose_sequence (pose_id);
comment on table pose_sequence
    is 'Poses captured one after the other; sequence_id names no row of its own';

create table vision (
    id uuid not null,
    created timestamptz default now() not null,
    session_id uuid,
    turn_id uuid,
    system text not null,
    parameters jsonb default '{}'::jsonb not null,
    uri text,
    sha256 text,
    size bigint,
    portrait_id uuid,
    pose_id uuid,
    description text,
    details jsonb default '{}'::jsonb not null,
    constraint pk_vision primary key (id),
    constraint ck_vision_file_is_whole check (num_nulls(uri, sha256, size) in (0, 3)),
    constraint ck_vision_sha256_is_hex check (sha256 ~ '^[0-9a-f]{64}$'),
    constraint ck_vision_size_is_positive check (size >= 0),
    constraint fk_vision_session_id foreign key(session_id) references session (id),
    constraint fk_vision_portrait_id foreign key(portrait_id) references portrait (id),
    constraint fk_vision_pose_id foreign key(pose_id) references pose (id)
);
create index ix_vision_portrait_id on vision (portrait_id);
create index ix_vision_pose_id on vision (pose_id);
create index ix_vision_session_id on vision (session_id);
create index ix_vision_turn_id on vision (turn_id);
comment on column vision.description is 'null: no words of this call are kept';

create table precalculation (
    id uuid not null,
    created timestamptz default now() not null,
    kind text not null,
    subject text not null,
    system text not null,
    parameters jsonb default '{}'::jsonb not null,
    portrait_id uuid,
    tts_id uuid,
    lipsync_id uuid,
    audio_id uuid,
    video_id uuid,
    vision_id uuid,
    inputs_hash text not null,
    outdated boolean default false not null,
    details jsonb default '{}'::jsonb not null,
    constraint pk_precalculation primary key (id),
    constraint ck_precalculation_hash_is_hex check (inputs_hash ~ '^[0-9a-f]{64}$'),
    constraint fk_precalculation_portrait_id foreign key(portrait_id) references portrait (id),
    constraint fk_precalculation_tts_id foreign key(tts_id) references tts (id),
    constraint fk_precalculation_lipsync_id foreign key(lipsync_id) references lipsync (id),
    constraint fk_precalculation_audio_id foreign key(audio_id) references audio (id),
    constraint fk_precalculation_video_id foreign key(video_id) references video (id),
    constraint fk_precalculation_vision_id foreign key(vision_id) references vision (id),
    constraint uq_precalculation_inputs_hash unique (inputs_hash)
);
create index ix_precalculation_audio_id on precalculation (audio_id);
create index ix_precalculation_lipsync_id on precalculation (lipsync_id);
create index ix_precalculation_portrait_id on precalculation (portrait_id);
create index ix_precalculation_tts_id on precalculation (tts_id);
create index ix_precalculation_video_id on precalculation (video_id);
create index ix_precalculation_vision_id on precalculation (vision_id);
comment on column precalculation.subject is 'what it was made for, such as a line';
comment on column precalculation.inputs_hash is 'of all it was made from';
"""

JUDGING = r"""
create table judgement_{target} (
    judgement_id uuid not null,
    target_id uuid not null,
    constraint pk_judgement_{target} primary key (judgement_id),
    constraint fk_judgement_{target}_judgement_id foreign key(judgement_id)
        references judgement (id),
    constraint fk_judgement_{target}_target_id foreign key(target_id) references {target} ({key})
);
create index ix_judgement_{target}_target_id on judgement_{target} (target_id)
"""

JUDGED = {
    "portrait": "id",
    "video": "id",
    "audio": "id",
    "stt": "id",
    "chat": "id",
    "tts": "id",
    "lipsync": "id",
    "vision": "id",
    "pose": "id",
    "pose_sequence": "id",
    "session": "id",
    "judgement": "id",
    "precalculation": "id",
    "prompt_template": "id",
    "calibration_settings": "id",
    "training_examples": "example_id",
    "models": "model_id",
}

ADDED = r"""
alter table session add column scenario_id uuid
    constraint fk_session_scenario_id references scenario;
create index ix_session_scenario_id on session (scenario_id);
alter table video add column post_processing text;
comment on column video.post_processing is 'what was done to it after it was made';
alter table audio add column audio_filter_id uuid
    constraint fk_audio_audio_filter_id references audio_filter;
create index ix_audio_audio_filter_id on audio (audio_filter_id);
alter table chat add column prompt_template_id uuid
    constraint fk_chat_prompt_template_id references prompt_template;
create index ix_chat_prompt_template_id on chat (prompt_template_id);
alter table chat add column prompt_values jsonb not null default '{}'::jsonb;
alter table chat add column retrieved jsonb not null default '[]'::jsonb;
alter table tts alter column session_id drop not null;
alter table lipsync alter column session_id drop not null;
alter table pose add column interpretation jsonb not null default '{}'::jsonb;
alter table faults add column system text;
alter table faults add column parameters jsonb not null default '{}'::jsonb;
alter table faults add column hardware jsonb not null default '{}'::jsonb;
alter table faults add column resources jsonb not null default '{}'::jsonb
"""

UNDONE = r"""
alter table faults drop column system, drop column parameters, drop column hardware,
    drop column resources;
alter table pose drop column interpretation;
delete from lipsync where session_id is null;
delete from tts where session_id is null;
alter table lipsync alter column session_id set not null;
alter table tts alter column session_id set not null;
alter table chat drop column prompt_template_id, drop column prompt_values, drop column retrieved;
alter table audio drop column audio_filter_id;
alter table video drop column post_processing;
alter table session drop column scenario_id
"""


def upgrade() -> None:
    op.execute(EMBEDDING)
    for statement in TABLES.split(";\n"):
        op.execute(statement)
    for target, key in JUDGED.items():
        for statement in JUDGING.format(target=target, key=key).split(";\n"):
            op.execute(statement)
    for statement in ADDED.split(";\n"):
        op.execute(statement)


def downgrade() -> None:
    for target in JUDGED:
        op.drop_table(f"judgement_{target}")
    op.drop_table("precalculation")
    for statement in UNDONE.split(";\n"):
        op.execute(statement)
    for statement in reversed(TABLES.split(";\n")):
        words = statement.split()
        if words[:2] == ["create", "table"] and words[2] != "precalculation":
            op.drop_table(words[2])
    op.execute("drop domain sentence_embedding")
