//! How requests and answers look on the wire, whatever they are about.

pub mod accept;
pub mod decode;
pub mod patch;
pub mod problem;
pub mod selector;
pub mod sent;
pub mod socket;
pub mod status;
pub mod table;

/// An error with all its causes, for the log.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}
