"""All attacks by name; those come first that have each stopped a whole server."""

from attacks import begun, connections, endless, floods, messages, offers, paths, stun
from attacks.target import Attack

ATTACKS: dict[str, Attack] = {
    attack.__name__: attack
    for attack in (
        messages.deep_hello,
        floods.consent_flood,
        offers.offer_bombs,
        connections.half_open,
        begun.unconnected_calls,
        floods.stats_flood,
        messages.infinite_stats,
        messages.odd_json,
        stun.stun_elsewhere,
        endless.endless_message,
        begun.begun_and_deleted,
        paths.long_paths,
        messages.mutated_messages,
        offers.mutated_offers,
        floods.text_flood,
        floods.bad_flood,
        floods.mixed_flood,
        endless.unfinished_messages,
        endless.large_messages,
        connections.half_open_from_twelve,
        connections.silent_connections,
        connections.slow_bodies,
        connections.kept_alive,
        paths.unreadable_tokens,
        stun.stun_few,
        stun.stun_trickled,
    )
}
