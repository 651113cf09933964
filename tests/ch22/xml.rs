//! The documents that clients send.
