"""The coalition itself: its policy, seats and agreement texts."""
