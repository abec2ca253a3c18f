"""What events mean (PROTOCOL §18), written from the protocol's text alone.

A slow model: every question is asked of the whole set, nothing is kept from one answer to the next.
It is there to be compared with; a daemon or a client would fold more cleverly."""
