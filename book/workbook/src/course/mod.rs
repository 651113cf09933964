//! What the course is made of, and where it lies. It serves every other room and uses none.
//!
//! | module | what it knows |
//! |---|---|
//! | [`checkout`] | the folders of the course |
//! | [`chapters`] | `chapters/course.toml`: parts, chapters, pages |
//! | [`exercise`] | `exercise.toml`: tasks, tests, hints |
//! | [`learner_files`] | which files are the learner's, and what they were at first |
//! | [`orphans`] | what the list does not know, and what it names and does not exist |
//! | [`fault`] | what is wrong with a file of the course, and where |

pub mod chapters;
pub mod checkout;
pub mod exercise;
pub mod fault;
pub mod learner_files;
pub mod orphans;
