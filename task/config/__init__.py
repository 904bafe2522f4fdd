"""What the lab wrote: the protocol (the science), the site (one room's hardware) and the wording, checked."""
