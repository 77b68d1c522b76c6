//! How requests and answers look on the wire, whatever they are about.

pub mod accept;
pub mod asked;
pub mod decode;
pub mod patch;
pub mod problem;
pub mod selector;
pub mod sent;
pub mod socket;
pub mod status;
pub mod table;
