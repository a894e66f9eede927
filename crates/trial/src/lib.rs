//! What both trials need: an installation with its processes, and visitors that behave as people's phones do.

pub mod faults;
pub mod figures;
pub mod hands;
pub mod installation;
pub mod load;
pub mod postgres;
pub mod process;
pub mod relay;
pub mod settings;
pub mod visitor;
pub mod words;
pub mod zipf;
