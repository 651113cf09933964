//! A folder to write to, for tests.
