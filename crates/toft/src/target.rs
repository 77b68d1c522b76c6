//! `[OWNER/]NAME`: how a person names a workspace.

use std::str::FromStr;

use toft_model::name;

/// A workspace as written on the command line; without an owner it is one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Whose it is.
    pub owner: Option<String>,
    /// Its name.
    pub name: String,
}

// === impl Target ===

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // `get -o name` prints `workspace/NAME` and `OWNER/NAME`; both are accepted again.
        let text = text
            .strip_prefix("workspace/")
            .or_else(|| text.strip_prefix("workspace.toft.dev/"))
            .unwrap_or(text);
        let (owner, name) = text
            .split_once('/')
            .map_or((None, text), |(owner, name)| (Some(owner), name));
        if let Some(owner) = owner {
            name::check(owner, name::OWNER_MAX).map_err(|error| format!("the owner '{owner}' {error}"))?;
        }
        name::check(name, name::WORKSPACE_MAX).map_err(|error| format!("the name '{name}' {error}"))?;
        Ok(Self {
            owner: owner.map(str::to_owned),
            name: name.to_owned(),
        })
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.owner {
            Some(owner) => write!(f, "{owner}/{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

pub mod snapshot;

#[cfg(test)]
mod tests;
