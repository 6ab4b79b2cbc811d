"""The named list: its growth, its completeness, and court-declared deaths."""
