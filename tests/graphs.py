"""PyMC graphs as functions of their variables."""

import pytensor


def compiled(graph, outputs):
    """Return a function of variables by name that evaluates outputs, and the initial point.

    Variables that are not named are as in that point.
    """
    values = [graph.rvs_to_values[variable] for variable in graph.free_RVs]
    evaluate = pytensor.function(values, graph.replace_rvs_by_values(outputs), on_unused_input="ignore")
    point = graph.initial_point()

    def at(**changed):
        return evaluate(*[(point | changed)[value.name] for value in values])

    return at, point
