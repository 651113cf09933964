//! What your code must keep: the promises of the chapter, and those of the exercises.

#[path = "../../../../tests/ex14.rs"]
mod extensions;
#[path = "../../../../tests/ch14.rs"]
mod promises;

include!("../../../../tests/last_word.rs");
