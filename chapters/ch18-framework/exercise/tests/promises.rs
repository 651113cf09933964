//! What your code must keep: the promises of the chapter, and those of the exercises.

#[path = "../../../../tests/ex18.rs"]
mod extensions;
#[path = "../../../../tests/ch18.rs"]
mod promises;

include!("../../../../tests/last_word.rs");
