//! Places: keys and paths.
