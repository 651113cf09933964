//! What chapter 6 promises.
