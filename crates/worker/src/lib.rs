//! Opens personal data, sends, erases; listens to nobody.
