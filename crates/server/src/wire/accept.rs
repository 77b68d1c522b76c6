//! What form of answer a client asks for: the objects, or a `Table` of them.

use axum::http::{HeaderMap, header};

/// A form of answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The objects themselves.
    Objects,
    /// A `Table`, with rows for people.
    Table,
    /// The objects without spec and status.
    Metadata,
}

/// The media types of which one is accepted, best first. An unknown type is no reason to refuse:
/// everything is answered in JSON.
pub fn form(headers: &HeaderMap) -> Form {
    let accepted = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok());
    for choice in accepted.flat_map(|value| value.split(',')) {
        let mut parts = choice.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default();
        let parameters: Vec<&str> = parts.collect();
        let is = |parameter: &str| parameters.contains(&parameter);
        if media == "application/json" && is("g=meta.k8s.io") && is("v=v1") {
            if is("as=Table") {
                return Form::Table;
            }
            if is("as=PartialObjectMetadata") || is("as=PartialObjectMetadataList") {
                return Form::Metadata;
            }
            continue;
        }
        if matches!(media, "application/json" | "*/*" | "application/*")
            && !parameters.iter().any(|p| p.starts_with("as="))
        {
            return Form::Objects;
        }
    }
    Form::Objects
}

#[cfg(test)]
mod tests;
