//! The store: changes, and what a start makes of one that was begun.
