"""The answer: joint draws, read without PyMC."""
