//! What both trials need: an installation with its processes, and visitors that behave as people's phones do.

pub mod faults;
pub mod installation;
pub mod load;
pub mod process;
pub mod visitor;
pub mod zipf;
