"""The whole session, worked out before the scan: a pure function of the protocol, the participant and the seed."""
