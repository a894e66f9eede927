//! The inbox in memory: what it keeps, and how it fails when told to.
