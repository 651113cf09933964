//! What chapter 8 promises.
