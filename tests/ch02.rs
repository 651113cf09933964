//! What chapter 2 promises.
