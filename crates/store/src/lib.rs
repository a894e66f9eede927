//! Every SQL statement; cannot open what it keeps.
