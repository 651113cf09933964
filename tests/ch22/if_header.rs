//! The field `If`.
