//! `[OWNER/]NAME[@SNAPSHOT]`: how a person names a snapshot.

use std::str::FromStr;

use toft_model::name;

use super::Target;

/// A workspace, or one of its snapshots, as written on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The workspace.
    pub workspace: Target,
    /// Which of its snapshots.
    pub snapshot: Option<String>,
}

// === impl Moment ===

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (workspace, snapshot) = match text.split_once('@') {
            Some((workspace, snapshot)) => (workspace, Some(snapshot)),
            None => (text, None),
        };
        let moment = Self {
            workspace: workspace.parse()?,
            snapshot: snapshot.map(str::to_owned),
        };
        if let Some(snapshot) = snapshot {
            name::check(&moment.object(snapshot), name::OBJECT_MAX)
                .map_err(|error| format!("the snapshot '{snapshot}' {error}"))?;
        }
        Ok(moment)
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.snapshot {
            Some(snapshot) => write!(f, "{}@{snapshot}", self.workspace),
            None => self.workspace.fmt(f),
        }
    }
}

impl Moment {
    /// The name of the object: two workspaces may each have a snapshot of one name.
    pub fn object(&self, snapshot: &str) -> String {
        format!("{}-{snapshot}", self.workspace.name)
    }
}

/// How a snapshot's object is called after its workspace, as `NAME@SNAPSHOT`.
pub fn shown(workspace: &str, object: &str) -> String {
    let own = object
        .strip_prefix(workspace)
        .and_then(|rest| rest.strip_prefix('-'));
    format!("{workspace}@{}", own.unwrap_or(object))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_reads_back_and_says_what_is_wrong() {
        for text in ["dev", "dev@before", "ada/dev@one-2"] {
            assert_eq!(text.parse::<Moment>().unwrap().to_string(), text);
        }
        let moment: Moment = "ada/dev@before".parse().unwrap();
        assert_eq!(moment.object("before"), "dev-before");
        assert_eq!(shown("dev", "dev-before"), "dev@before");
        assert_eq!(shown("dev", "made-by-kubectl"), "dev@made-by-kubectl");
        for wrong in ["@x", "dev@", "dev@A", "dev@a@b", "Dev@a"] {
            assert!(wrong.parse::<Moment>().is_err(), "{wrong}");
        }
    }
}
