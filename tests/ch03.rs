//! What chapter 3 promises.
