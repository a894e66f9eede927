//! Words and rules of Tadori: no I/O, no async, no clock of its own.
