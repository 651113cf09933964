//! A server that a test of chapter 22 is run on: the chapter's own one or, by a feature,
//! another right one or a broken one. Each of them has everything that the chapter
//! has, under the same names. `tests/broken_server.rs` lays it.

include!(concat!(env!("OUT_DIR"), "/server/lib.rs"));
