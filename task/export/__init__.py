"""From journals to what analyses read: a BIDS dataset and onset files, all of which can be made again."""
