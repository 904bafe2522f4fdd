"""The learner: what an ideal observer comes to believe of each Decider, and how it chooses."""
