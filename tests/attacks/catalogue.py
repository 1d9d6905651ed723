"""All attacks by name."""

from attacks import begun, connections, endless, floods, messages, offers, paths, stun
from attacks.target import Attack

ATTACKS: dict[str, Attack] = {
    attack.__name__: attack
    for attack in (
        messages.deep_hello,
        messages.odd_json,
        messages.infinite_stats,
        messages.mutated_messages,
        floods.consent_flood,
        floods.stats_flood,
        floods.text_flood,
        floods.bad_flood,
        floods.mixed_flood,
        endless.endless_message,
        endless.unfinished_messages,
        endless.large_messages,
        offers.offer_bombs,
        offers.mutated_offers,
        begun.unconnected_calls,
        begun.begun_and_deleted,
        stun.stun_elsewhere,
        stun.stun_few,
        stun.stun_trickled,
        connections.half_open,
        connections.half_open_from_twelve,
        connections.silent_connections,
        connections.slow_bodies,
        connections.kept_alive,
        paths.long_paths,
        paths.unreadable_tokens,
    )
}
