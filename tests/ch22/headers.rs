//! What fields of a request say: Depth, Destination, Timeout, conditions.
