//! What the course claims, proved. It serves whoever changes the course, and uses
//! [`course`](workbook::course), [`system`](workbook::system), [`pages`](workbook::pages),
//! [`judge`](course_practice::judge), and of [`grade`](crate::grade) the copies of the course.
//!
//! | module | what it proves |
//! |---|---|
//! | [`claims`] | the list of the course, and all of the below: the command `verify` |
//! | [`prove`] | that the exercises are what they claim |

pub mod claims;
pub mod prove;
