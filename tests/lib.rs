//! What concerns several chapters at once: attacks, the wire corpus, the programs.
