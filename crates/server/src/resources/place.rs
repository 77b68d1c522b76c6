//! Which object or objects an address names, and whether the caller may.

use serde::Deserialize;
use toft_model::Kind;
use toft_store::Selection;

use crate::people::policy::{Act, Caller, Subject, Verdict, decide};
use crate::wire::status::{ApiError, ApiResult};

/// The parameters of an address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Place {
    /// The owner.
    pub namespace: Option<String>,
    /// The object.
    pub name: Option<String>,
}

// === impl Place ===

impl Place {
    /// The object's name; empty for a list.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// The object's namespace; empty where there is none.
    pub fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or_default()
    }

    /// Whether the caller may do this here, and with which of the objects.
    ///
    /// # Errors
    /// What is not the caller's is not found; what belongs to all may be forbidden.
    pub fn authorize(&self, caller: &Caller, act: Act, kind: Kind) -> ApiResult<Selection> {
        let subject = match (kind.namespaced(), &self.namespace) {
            (true, Some(namespace)) => Subject::Owned(namespace),
            (true, None) => Subject::AllOwned,
            (false, _) => Subject::Shared,
        };
        match decide(caller, act, subject) {
            Verdict::Allow => Ok(Selection {
                kind,
                namespace: self.namespace.clone(),
            }),
            Verdict::AllowOwn => Ok(Selection::of(kind, &caller.user)),
            Verdict::NotFound if self.name.is_some() => Err(ApiError::not_found(kind, self.name())),
            Verdict::NotFound => Err(ApiError::namespace_not_found(self.namespace())),
            Verdict::Forbidden => Err(forbidden(caller, kind)),
        }
    }
}

fn forbidden(caller: &Caller, kind: Kind) -> ApiError {
    if caller.read_only {
        return ApiError::forbidden("this token is for reading only; create one without that limit");
    }
    ApiError::forbidden(format!("only an admin may change {}", kind.plural()))
}
