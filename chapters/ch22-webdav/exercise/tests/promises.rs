//! What your code must keep: the promises of the chapter, and those of the exercises.

#[path = "../../../../tests/ex22.rs"]
mod extensions;
#[path = "../../../../tests/ch22.rs"]
mod promises;

include!("../../../../tests/last_word.rs");
