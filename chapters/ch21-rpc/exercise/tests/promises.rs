//! What your code must keep: the promises of the chapter, and those of the exercises.

#[path = "../../../../tests/ex21.rs"]
mod extensions;
#[path = "../../../../tests/ch21.rs"]
mod promises;

include!("../../../../tests/last_word.rs");
