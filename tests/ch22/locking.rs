//! LOCK and UNLOCK.
