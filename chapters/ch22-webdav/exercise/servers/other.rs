//! Right, and written differently: the idea is put together from its words.

pub use chapter::*;

pub fn idea() -> &'static str {
    concat!("Hi", " ", "there!\n")
}
