//! The document of a 207, and the properties in it.
