"""The named list: its growth, its completeness, and deaths declared late."""
