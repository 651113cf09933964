//! What chapter 10 promises.
