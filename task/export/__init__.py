"""From journals to what analyses read: a BIDS dataset, and onset files. Nothing here is recorded: all can be made again."""
