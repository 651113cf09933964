//! The table of locks.
