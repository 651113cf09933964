//! The table of dead properties.
