//! The parameters behind the question mark, read as Kubernetes reads them: unknown ones are
//! nobody's business, ill-formed ones are refused.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use crate::wire::selector::Selector;
use crate::wire::status::{ApiError, ApiResult};
use crate::wire::table::Include;

/// Longest that a watch may be asked to last, in seconds.
const TIMEOUT_MAX: u64 = 24 * 3600;

/// The parameters as they came.
pub type Raw = HashMap<String, String>;

/// Parameters of a list or watch.
#[derive(Clone, Debug)]
pub struct ListParams {
    /// Which objects.
    pub selector: Selector,
    /// At most so many; all where 0.
    pub limit: usize,
    /// Where to go on.
    pub after: Option<String>,
    /// Whether to watch.
    pub watch: bool,
    /// From which state on.
    pub version: Option<i64>,
    /// Whether bookmarks are wanted.
    pub bookmarks: bool,
    /// How long to watch.
    pub timeout_s: Option<u64>,
    /// What rows of a table carry.
    pub include: Include,
}

/// What `DeleteOptions` say, in the body or in parameters.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeleteParams {
    /// `All`, or nothing.
    pub dry_run: Vec<String>,
    /// Seconds for what runs to end by itself.
    pub grace_period_seconds: Option<i64>,
    /// What must be true of the object.
    pub preconditions: Preconditions,
}

/// What must be true of an object that is to be deleted.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Preconditions {
    /// Its uid.
    pub uid: Option<String>,
    /// Its version.
    pub resource_version: Option<String>,
}

// === impl ListParams ===

impl ListParams {
    /// Reads them.
    ///
    /// # Errors
    /// One is ill-formed.
    pub fn read(raw: &Raw) -> ApiResult<Self> {
        let text = |name: &str| raw.get(name).map(String::as_str).unwrap_or_default();
        let include = Include::parse(text("includeObject"))
            .ok_or_else(|| ApiError::bad_request("includeObject must be None, Metadata or Object"))?;
        let version = match text("resourceVersion") {
            "" => None,
            text => Some(
                text.parse()
                    .ok()
                    .filter(|version| *version >= 0i64)
                    .ok_or_else(|| {
                        ApiError::bad_request("resourceVersion must be one that this server gave out")
                    })?,
            ),
        };
        if truth(raw, "sendInitialEvents") {
            return Err(ApiError::bad_request(
                "sendInitialEvents is not supported; list, then watch from the list's resourceVersion",
            ));
        }
        Ok(Self {
            selector: Selector::parse(text("labelSelector"), text("fieldSelector"))?,
            limit: number(raw, "limit")?
                .and_then(|limit| usize::try_from(limit).ok())
                .unwrap_or(0),
            after: Some(text("continue"))
                .filter(|after| !after.is_empty())
                .map(ToOwned::to_owned),
            watch: truth(raw, "watch"),
            version,
            bookmarks: truth(raw, "allowWatchBookmarks"),
            timeout_s: number(raw, "timeoutSeconds")?.map(|seconds| seconds.min(TIMEOUT_MAX)),
            include,
        })
    }
}

// === impl DeleteParams ===

impl DeleteParams {
    /// Reads them from the body, which may be empty, and the parameters.
    ///
    /// # Errors
    /// One is ill-formed.
    pub fn read(raw: &Raw, body: Option<Value>) -> ApiResult<Self> {
        let mut params: Self = match body {
            Some(body) if !body.is_null() => serde_json::from_value(body).map_err(|error| {
                ApiError::bad_request(format!("the DeleteOptions cannot be read: {error}"))
            })?,
            _ => Self::default(),
        };
        if let Some(dry_run) = raw.get("dryRun").filter(|value| !value.is_empty()) {
            params.dry_run.push(dry_run.clone());
        }
        if let Some(seconds) = number(raw, "gracePeriodSeconds")? {
            params.grace_period_seconds = i64::try_from(seconds).ok();
        }
        if params
            .grace_period_seconds
            .is_some_and(|seconds| !(0..=600).contains(&seconds))
        {
            return Err(ApiError::bad_request(
                "gracePeriodSeconds must be between 0 and 600",
            ));
        }
        check_dry_run(&params.dry_run)?;
        Ok(params)
    }

    /// Whether nothing is to be changed.
    pub fn dry_run(&self) -> bool {
        !self.dry_run.is_empty()
    }
}

/// Whether a write is to change nothing.
///
/// # Errors
/// `dryRun` is something else than `All`.
pub fn dry_run(raw: &Raw) -> ApiResult<bool> {
    let values: Vec<String> = raw
        .get("dryRun")
        .filter(|value| !value.is_empty())
        .cloned()
        .into_iter()
        .collect();
    check_dry_run(&values)?;
    if let Some(validation) = raw.get("fieldValidation")
        && !["", "Ignore", "Warn", "Strict"].contains(&validation.as_str())
    {
        return Err(ApiError::bad_request(
            "fieldValidation must be Ignore, Warn or Strict; unknown fields are refused in any case",
        ));
    }
    Ok(!values.is_empty())
}

fn check_dry_run(values: &[String]) -> ApiResult<()> {
    if values.iter().all(|value| value == "All") {
        return Ok(());
    }
    Err(ApiError::bad_request("dryRun must be All"))
}

fn truth(raw: &Raw, name: &str) -> bool {
    raw.get(name)
        .is_some_and(|value| matches!(value.as_str(), "true" | "1" | ""))
}

fn number(raw: &Raw, name: &str) -> ApiResult<Option<u64>> {
    match raw.get(name).map(String::as_str) {
        None | Some("") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| {
            ApiError::bad_request(format!("{name} must be a whole number that is not negative"))
        }),
    }
}
