"""What was counted: value objects that check themselves."""
