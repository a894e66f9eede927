//! One message out; never sees the list.
