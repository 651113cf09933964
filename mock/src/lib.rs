//! What every test of the course stands on.
