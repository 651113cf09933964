//! What chapter 9 promises.
