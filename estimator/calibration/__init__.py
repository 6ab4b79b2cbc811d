"""Are the intervals true? Placebo, scores, known truth, simulation."""
