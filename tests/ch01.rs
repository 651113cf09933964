//! What chapter 1 promises.
