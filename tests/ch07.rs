//! What chapter 7 promises.
