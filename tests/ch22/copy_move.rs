//! COPY and MOVE.
