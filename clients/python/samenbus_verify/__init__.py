"""Independent verifier of samenbus: written from PROTOCOL.md alone, it shares no code with the daemon."""
